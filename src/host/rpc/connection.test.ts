import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { places } from '../compose.ts'
import { RpcServer } from './connection.ts'
import { Backend } from '../../services/backend.ts'
import { createRouter } from '../../services/router.ts'

test('calls beyond what one window may have waiting are refused, and the others are not', async () => {
  const backend = new Backend({ ...places(), userDir: tmpdir() })
  const sent: { i: string; p: { s?: number; b: { json: { code?: string } } } }[] = []
  // A port that cannot be left unread, and never takes an answer: no call ever gives its place back.
  const connection = new RpcServer({ router: createRouter(backend) }).accept({
    send: (message) => {
      sent.push(JSON.parse(message) as (typeof sent)[number])
      return new Promise(() => undefined)
    },
  })
  for (let i = 1; i <= 4200; i++)
    expect(connection.receive(JSON.stringify({ i: String(i), p: { u: '/projects/current', b: {} } }))).toBe(true)
  await expect.poll(() => sent.length).toBe(8 + 104)
  const busy = sent.filter(({ p }) => p.b.json?.code === 'BUSY').map(({ i }) => Number(i))
  expect(busy.sort((a, b) => a - b)).toEqual(Array.from({ length: 104 }, (_, i) => 4097 + i))
  expect(sent.filter(({ p }) => p.s === 503)).toHaveLength(104)
  connection.close()
  await backend.close()
})
