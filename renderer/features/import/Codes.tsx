/** Names from a file, listed within a sentence. */
export function Codes({ values }: { values: readonly string[] }) {
  return values.map((value, i) => (
    <span key={value}>
      {i > 0 && ', '}
      <code dir="auto">{value}</code>
    </span>
  ))
}
