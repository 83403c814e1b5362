import type { ColumnMap } from '../../../../src/contract/imports.ts'
import { words } from '../../../words/words.ts'

const t = words.import

/** What a column may hold. */
export type Role = keyof ColumnMap
/** How a record says which response is better: by the columns themselves, or by a label beside two responses. */
export type Shape = 'named' | 'judged'

export const ROLES: Record<Role, { label: string; hint: string }> = {
  prompt: { label: t('role.prompt'), hint: t('roleHint.prompt') },
  chosen: { label: t('role.chosen'), hint: t('roleHint.chosen') },
  rejected: { label: t('role.rejected'), hint: t('roleHint.rejected') },
  first: { label: t('role.first'), hint: t('roleHint.first') },
  second: { label: t('role.second'), hint: t('roleHint.second') },
  label: { label: t('role.label'), hint: t('roleHint.label') },
  images: { label: t('role.images'), hint: t('roleHint.images') },
  system: { label: t('role.system'), hint: t('roleHint.system') },
  id: { label: t('role.id'), hint: t('roleHint.id') },
}

const NEEDED: Record<Shape, readonly Role[]> = { named: ['chosen', 'rejected'], judged: ['first', 'second', 'label'] }
const OPTIONAL: readonly Role[] = ['prompt', 'images', 'system', 'id']

/** The roles of a shape, those that must be given first. */
export const rolesOf = (shape: Shape): readonly Role[] => [...NEEDED[shape], ...OPTIONAL]
export const isNeeded = (shape: Shape, role: Role): boolean => NEEDED[shape].includes(role)

/** A column map while it is being made: perhaps not complete yet. */
export interface MapDraft {
  shape: Shape
  columns: Partial<Record<Role, string>>
}

/** A draft from a guess or a saved map. What a file has no column for stays, so that the gap is seen. */
export function draftFrom(map: Partial<Record<string, string>>): MapDraft {
  const columns: MapDraft['columns'] = {}
  for (const role of Object.keys(ROLES) as Role[]) if (map[role]) columns[role] = map[role]
  const judged = !(columns.chosen && columns.rejected) && Boolean(columns.first ?? columns.second ?? columns.label)
  return { shape: judged ? 'judged' : 'named', columns }
}

/** Roles that still need a column. */
export const missingRoles = ({ shape, columns }: MapDraft): Role[] => NEEDED[shape].filter((role) => !columns[role])

/** The map that a draft states, without what belongs to the other shape; null while a needed column is open. */
export function completeMap(draft: MapDraft): ColumnMap | null {
  if (missingRoles(draft).length > 0) return null
  const entries = rolesOf(draft.shape).flatMap((role) => (draft.columns[role] ? [[role, draft.columns[role]]] : []))
  return Object.fromEntries(entries) as ColumnMap
}

/** The draft with a column in a role (none where empty). A column has one role: it leaves the one it had. */
export function assign(draft: MapDraft, role: Role, column: string): MapDraft {
  const columns = { ...draft.columns }
  for (const other of rolesOf(draft.shape)) if (column !== '' && columns[other] === column) delete columns[other]
  if (column === '') delete columns[role]
  else columns[role] = column
  return { ...draft, columns }
}

/** Which role a column has in this draft. */
export const roleOf = ({ shape, columns }: MapDraft, column: string): Role | undefined =>
  rolesOf(shape).find((role) => columns[role] === column)

/** Whether a saved map can read a file with these columns: it has all that the map names. */
export const fits = (map: ColumnMap, columns: readonly { column: string }[]): boolean =>
  Object.values(map).every((name) => columns.some(({ column }) => column === name))

/** The map in the notation of the command line: `prompt=question,chosen=good,rejected=bad`. */
export const mapText = (map: ColumnMap): string =>
  Object.entries(map)
    .map(([role, column]) => `${role}=${column}`)
    .join(',')
