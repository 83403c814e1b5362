export { hashes, keys } from './read.ts'
export { clear, finish, revision, summary, write } from './store.ts'
