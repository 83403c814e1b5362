import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { projectArgument, projectOf } from './opened.ts'

test.each([
  ['/data/vqa.blindfold', '/data/vqa.blindfold'],
  ['vqa.blindfold/', '/here/vqa.blindfold'],
  ['../vqa.blindfold', '/vqa.blindfold'],
  ['/data/vqa.blindfold/project.db', '/data/vqa.blindfold'],
  ['vqa.blindfold/project.db', '/here/vqa.blindfold'],
  ['/data/project.db', null],
  ['/data/vqa.blindfold/media', null],
  ['/data/vqa.blindfold.zip', null],
  ['', null],
])('%s opens %s', (path, project) => {
  expect(projectOf(path, '/here')).toBe(project === null ? null : resolve(project))
})

test('the project is the first argument that is one, and no switch', () => {
  expect(projectArgument(['app', '--x=/a.blindfold', '.', '/b.blindfold', '/c.blindfold'], '/here')).toBe(resolve('/b.blindfold'))
  expect(projectArgument(['/a.blindfold', '--no-sandbox'], '/here')).toBeNull()
})
