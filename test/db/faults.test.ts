import { describe, expect, test } from 'vitest'
import { canMount, FAULTS, round } from './faults.ts'

const mounts = canMount()

describe.each(Object.entries(FAULTS))('a project that is %s while somebody labels', (_, fault) => {
  test.skipIf(fault.mounts && !mounts)('loses no label that was acknowledged, and acknowledges none into nothing', async () => {
    const found = await round(fault, 300)
    expect(found.acknowledged).toBeGreaterThan(0)
    expect(found).toMatchObject({ lost: 0, late: 0, refused: fault.refusal })
  })
})
