import type { MarkdownRenderer } from 'vitepress'

/** Shows indented code like fenced code: the theme has a frame and a button to copy only for the latter. */
export function indentedCode(md: MarkdownRenderer): void {
  md.core.ruler.push('indented-code', ({ tokens }) => {
    for (const token of tokens) if (token.type === 'code_block') Object.assign(token, { type: 'fence', tag: 'code', info: '' })
  })
}
