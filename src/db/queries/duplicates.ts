export { hashes, keys } from '../duplicates/read.ts'
export { clear, finish, revision, summary, write } from '../duplicates/store.ts'
