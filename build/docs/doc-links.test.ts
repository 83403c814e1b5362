import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { slug } from './slug.ts'

const root = join(import.meta.dirname, '../..')
const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], { cwd: root, encoding: 'utf8' })
const pages = listed.split('\n').filter((file) => file !== '' && !file.startsWith('test/') && existsSync(join(root, file)))

/** The lines of a page without its fenced and indented code. */
function prose(file: string): string[] {
  let fenced = false
  return readFileSync(join(root, file), 'utf8')
    .split('\n')
    .filter((line) => {
      if (/^\s*```/.test(line)) fenced = !fenced
      return !fenced && !/^( {4}|\t|\s*```)/.test(line)
    })
}

/** The anchors of a page's headings. One that repeats gets a number. */
function anchors(file: string): Set<string> {
  const found = new Set<string>()
  for (const line of prose(file)) {
    const [, heading] = /^#{1,6} (.+)$/.exec(line) ?? []
    if (heading === undefined) continue
    const base = slug(heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/[`*]/g, ''))
    let anchor = base
    for (let n = 1; found.has(anchor); n++) anchor = `${base}-${n}`
    found.add(anchor)
  }
  return found
}

/** What is wrong with a link, or null. */
function fault(page: string, href: string): string | null {
  if (/^[a-z][a-z+.-]*:/i.test(href)) return null
  const [path = '', anchor] = href.split('#')
  const file = path === '' ? page : join(dirname(page), decodeURIComponent(path))
  if (!existsSync(join(root, file))) return `${page} links to ${href}: there is no ${file}`
  if (anchor === undefined || !file.endsWith('.md')) return null
  return anchors(file).has(anchor) ? null : `${page} links to ${href}: ${file} has no heading of that name`
}

describe.each(pages)('%s', (page) => {
  const text = prose(page).join('\n')

  test('links to files and headings that exist', () => {
    const links = [...text.replaceAll(/`[^`\n]*`/g, '').matchAll(/\]\(<?([^)\s>]+)>?[^)]*\)/g)].map(([, href]) => href as string)
    expect(links.map((href) => fault(page, href)).filter((each) => each !== null)).toEqual([])
  })

  test('names files of the repository that exist', () => {
    const named = [...text.matchAll(/`((?:src|renderer|electron|trainer|test|build|docs)\/[\w./-]+)`/g)].map(([, path]) => path as string)
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })
})

test('a dead link, a missing heading and a missing file are found', () => {
  expect(pages).toEqual(expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs/method.md', 'trainer/README.md']))
  expect(fault('docs/method.md', 'nowhere.md')).toMatch(/there is no docs\/nowhere\.md/)
  expect(fault('docs/method.md', 'blind-test.md#nowhere')).toMatch(/no heading/)
  expect(fault('docs/method.md', '#nowhere')).toMatch(/no heading/)
  expect(fault('docs/proxies.md', '../src/nowhere.ts')).toMatch(/there is no src\/nowhere\.ts/)
  expect(fault('docs/formats.md', '#rlhf-v--rlaif-v')).toBeNull()
  expect(fault('README.md', 'docs/blind-test.md#the-verdict')).toBeNull()
})

test('the sidebar of the site leads to every page', () => {
  const config = readFileSync(join(root, 'docs/.vitepress/config.ts'), 'utf8')
  const links = [...config.matchAll(/link: '\/([^']*)'/g)].map(([, link]) => (link === '' ? 'README.md' : `${link}.md`))
  const shown = pages.filter((page) => !page.includes('/') || page.startsWith('docs/') || page === 'trainer/README.md')
  expect(links.toSorted()).toEqual(shown.toSorted())
})
