/** Colours that tell neighbours of a bar apart; their names stand beside them. */
const SPLITS = ['var(--accent)', 'var(--mm)', 'var(--text)', 'var(--chosen)', 'var(--q-shortcut-only)', 'var(--q-suspect-label)']

export const splitColor = (index: number): string => SPLITS[index % SPLITS.length] as string

/** The fates of a pair, wherever they are counted. */
export const FATES = {
  imported: 'var(--accent)',
  skipped: 'var(--prior)',
  tied: 'var(--chosen)',
  incomplete: 'var(--q-shortcut-only)',
  quarantined: 'var(--text)',
}
