/**
 * A raw record for reading: JSON over several lines, with the lines of one field marked; anything else as it stands.
 * `field` is a name or a path parted by dots; only its first name is looked for.
 */
export function linesOf(raw: string, field: string | null): { text: string; marked: boolean }[] {
  let value: unknown
  try {
    value = JSON.parse(raw)
  } catch {
    return raw.split('\n').map((text) => ({ text, marked: false }))
  }
  const top = field?.split(/[.[]/)[0]
  let inside = false
  return JSON.stringify(value, null, 2)
    .split('\n')
    .map((text) => {
      // A property of the record itself stands after two blanks; what lies within it, after more.
      const name = /^ {2}("(?:[^"\\]|\\.)*"):/.exec(text)?.[1]
      if (name !== undefined) inside = top !== undefined && JSON.parse(name) === top
      else if (!/^ {2}/.test(text)) inside = false
      return { text, marked: inside }
    })
}
