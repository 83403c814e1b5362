import { fileURLToPath } from 'node:url'
import { defineConfig, type DefaultTheme } from 'vitepress'
import { slug } from '../../build/docs/slug.ts'
import { indentedCode } from './indented-code.ts'
import { sourceLinks } from './source-links.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

const sidebar: DefaultTheme.SidebarItem[] = [
  {
    text: 'Start',
    items: [
      { text: 'Blindfold', link: '/' },
      { text: 'Glossary', link: '/docs/glossary' },
      { text: 'What changed', link: '/CHANGELOG' },
    ],
  },
  {
    text: 'Use',
    items: [
      { text: 'Projects', link: '/docs/projects' },
      { text: 'The blind test', link: '/docs/blind-test' },
      { text: 'Text-only proxies', link: '/docs/proxies' },
      { text: 'Models', link: '/docs/models' },
      { text: 'Training', link: '/docs/training' },
      { text: 'Security', link: '/docs/security' },
    ],
  },
  {
    text: 'Method',
    items: [
      { text: 'The method', link: '/docs/method' },
      { text: 'Benchmarks', link: '/docs/benchmarks' },
    ],
  },
  {
    text: 'Reference',
    items: [
      { text: 'Command line', link: '/docs/reference/cli' },
      { text: 'Formats', link: '/docs/formats' },
      { text: 'Contract', link: '/docs/reference/contract' },
      { text: 'The trainer', link: '/trainer/README' },
      { text: 'Trainer protocol', link: '/docs/reference/trainer' },
    ],
  },
  {
    text: 'Develop',
    items: [
      { text: 'Contributing', link: '/CONTRIBUTING' },
      { text: 'Architecture', link: '/docs/architecture' },
      { text: 'Words', link: '/docs/words' },
      { text: 'Dependencies', link: '/docs/dependencies' },
      { text: 'Releasing', link: '/docs/releasing' },
      { text: 'Security policy', link: '/SECURITY' },
    ],
  },
  {
    text: 'Decisions',
    items: [
      { text: 'One backend, three hosts', link: '/docs/decisions/processes' },
      { text: 'How the database is opened', link: '/docs/decisions/store' },
      { text: 'A project’s lock', link: '/docs/decisions/project-lock' },
      { text: 'The current label', link: '/docs/decisions/current-label' },
      { text: 'Training runs', link: '/docs/decisions/training-runs' },
      { text: 'What the page may do', link: '/docs/decisions/page-security' },
      { text: 'Electron’s checklist', link: '/docs/decisions/electron-checklist' },
    ],
  },
]

/** Tables of reference pages are wide, and their first column is what readers look for. */
const STYLE = `
.VPDoc.has-aside .content-container { max-width: 860px !important }
.vp-doc td:first-child code { white-space: nowrap }
`

/** The site has the pages where the repository has them, so that their links work in both. */
export default defineConfig({
  title: 'Blindfold',
  description: 'A desktop workbench for multimodal preference data',
  lang: 'en-GB',
  srcDir: '..',
  srcExclude: ['!(docs|trainer|*.md)/**', 'trainer/!(README.md)', 'trainer/*/**'],
  rewrites: { 'README.md': 'index.md' },
  themeConfig: {
    sidebar,
    search: { provider: 'local' },
    outline: [2, 3],
  },
  head: [['style', {}, STYLE]],
  markdown: {
    anchor: { slugify: slug },
    config: (md) => {
      sourceLinks(root)(md)
      indentedCode(md)
    },
  },
})
