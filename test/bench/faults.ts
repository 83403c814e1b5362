import { canMount, FAULTS, round } from '../db/faults.ts'

// `npm run bench -- faults [ROUNDS] [SEED]`: labels pairs in a process while its project is killed, moved, removed, replaced,
// unmounted or on a full disk, and counts the labels that were acknowledged and are not there.
const [rounds = 10, seed = 1] = process.argv.slice(2).map(Number)
const mounts = canMount()
const total = { rounds: 0, acknowledged: 0, lost: 0, late: 0, otherwise: 0 }
let random = seed
for (const [name, fault] of Object.entries(FAULTS)) {
  if (fault.mounts && !mounts) {
    console.log(`${name}: not run, because this user may not mount a file system`)
    continue
  }
  const found = { acknowledged: 0, lost: 0, late: 0, otherwise: 0 }
  for (let i = 0; i < rounds; i++) {
    random = (random * 48271) % 2147483647
    const { acknowledged, lost, late, refused } = await round(fault, random % 600)
    found.acknowledged += acknowledged
    found.lost += lost
    found.late += late
    if (refused !== fault.refusal) found.otherwise += 1
  }
  total.rounds += rounds
  for (const key of ['acknowledged', 'lost', 'late', 'otherwise'] as const) total[key] += found[key]
  console.log(
    `${name}: ${rounds} rounds, ${found.acknowledged} labels acknowledged, ${found.lost} lost, ${found.late} acknowledged after the fault, ${found.otherwise} rounds that ended in another way than expected`,
  )
}
console.log(
  `all: ${total.rounds} rounds, ${total.acknowledged} acknowledged, ${total.lost} lost, ${total.late} late, ${total.otherwise} other ends`,
)
