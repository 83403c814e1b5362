import { existsSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { MarkdownRenderer } from 'vitepress'

/** Where the site links to files that are no pages, such as `https://github.com/OWNER/blindfold/blob/main`. Without it their names are text. */
const repository = process.env['BLINDFOLD_DOCS_REPOSITORY']?.replace(/\/$/, '')

/** Points links to source files at the repository, because the site contains pages only. */
export function sourceLinks(root: string): (md: MarkdownRenderer) => void {
  const target = (href: string, page: string): string | null => {
    if (/^([a-z]+:|#|\/)/i.test(href) || /\.md(#|$)/.test(href)) return null
    const file = join(dirname(page), decodeURIComponent(href.replace(/[?#].*/, '')))
    return existsSync(file) ? relative(root, file).replaceAll('\\', '/') : null
  }
  return (md) => {
    md.core.ruler.push('source-links', ({ tokens, env }) => {
      const { path, realPath } = env as { path: string; realPath?: string }
      for (const { children } of tokens) {
        if (!children) continue
        let removed = false
        for (const token of children) {
          if (token.type === 'link_open') {
            const file = target(token.attrGet('href') ?? '', realPath ?? path)
            removed = file !== null && !repository
            if (file !== null && repository) token.attrSet('href', `${repository}/${file}`)
          }
          if (!removed) continue
          if (token.type === 'link_open' || token.type === 'link_close')
            Object.assign(token, { type: 'text', tag: '', content: '', hidden: true, nesting: 0, attrs: null })
        }
      }
    })
  }
}
