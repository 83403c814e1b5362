import { resolve } from 'node:path'
import { type Output, table } from './output.ts'
import { withProject } from './session.ts'
import { waitForJob } from './wait.ts'
import { count } from '../../core/format.ts'

const SHOWN = 10

/** `blindfold heal`: looks for missing images in a folder or on the web; without either it lists them. */
export async function heal(
  options: { project: string; images?: string; fetch: string[]; source: string[] },
  output: Output,
): Promise<void> {
  const { images, fetch, source } = options
  const looks = images !== undefined || fetch.length > 0
  await withProject(options.project, { create: false, reads: !looks }, async (client) => {
    const imagesDir = images === undefined ? undefined : resolve(images)
    const sources = source.length > 0 ? source : undefined
    const result = looks ? await waitForJob(client, (await client.imports.heal({ imagesDir, fetchHosts: fetch, sources })).jobId) : null
    const { examples, hosts, ...missing } = await client.imports.missingImages()
    await output.value({ ...result, missing: { ...missing, hosts, examples } })
    if (result) await output.line(`Images found: ${count(Number(result['found']))}. Pairs completed: ${count(Number(result['complete']))}.`)
    if (missing.images === 0) return output.line('No image is missing.')
    await output.line(`Images missing: ${count(missing.images)}. Pairs with a missing image: ${count(missing.pairs)}.`)
    await output.line(
      table(
        ['image', 'pairs', 'why'],
        examples.slice(0, SHOWN).map((each) => [each.reference, count(each.pairs), each.reason]),
        [1],
      ),
    )
    for (const { host, images: there } of hosts) await output.line(`On ${host}: ${count(there)}. To download them: --fetch ${host}`)
  })
}
