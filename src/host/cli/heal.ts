import { resolve } from 'node:path'
import { count, type Output, table } from './output.ts'
import { withProject } from './session.ts'
import { waitForJob } from './wait.ts'

const SHOWN = 10

/** `blindfold heal`: looks for missing images in a folder or on the web; without either it lists them. */
export async function heal(options: { project: string; images?: string; fetch: string[]; source: string[] }, output: Output): Promise<void> {
  await withProject(options.project, { create: false }, async (client) => {
    const { images, fetch, source } = options
    const sources = source.length > 0 ? source : undefined
    const result =
      images === undefined && fetch.length === 0
        ? null
        : await waitForJob(client, (await client.imports.heal({ imagesDir: images === undefined ? undefined : resolve(images), fetchHosts: fetch, sources })).jobId)
    const { examples, hosts, ...missing } = await client.imports.missingImages()
    await output.value({ ...result, missing: { ...missing, hosts, examples } })
    if (result) await output.line(`${count(Number(result['found']))} images found; ${count(Number(result['complete']))} pairs lack nothing any more.`)
    if (missing.images === 0) return output.line('No image is missing.')
    await output.line(`${count(missing.images)} images are missing from ${count(missing.pairs)} pairs:`)
    await output.line(table(['image', 'pairs', 'why'], examples.slice(0, SHOWN).map((each) => [each.reference, count(each.pairs), each.reason]), [1]))
    for (const { host, images: there } of hosts) await output.line(`${count(there)} of them are on ${host}: --fetch ${host} gets them.`)
  })
}
