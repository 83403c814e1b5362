import { config } from 'zod/v4/core'

// Schemas are interpreted: compiling them needs `eval`, which the page's policy forbids. In a module of its own, which is the
// first one imported, for some modules parse while they are loaded.
config({ jitless: true })
