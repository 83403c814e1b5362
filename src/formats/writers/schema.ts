import type { SchemaElement } from 'hyparquet'

/** The type of a column, as Hugging Face `datasets` knows it. */
export type ColumnType = 'string' | 'float64' | 'image' | { list: ColumnType } | { struct: Column[] }
export type Column = { name: string; type: ColumnType }

/** The columns as the `features` of a dataset card's YAML header. */
export function yamlFeatures(columns: readonly Column[], indent: string): string[] {
  return columns.flatMap(({ name, type }) => {
    const [first = '', ...rest] = yamlType(type, `${indent}  `)
    return [`${indent}- name: ${name}`, first, ...rest]
  })
}

function yamlType(type: ColumnType, indent: string): string[] {
  if (typeof type === 'string') return [`${indent}dtype: ${type}`]
  if ('struct' in type) return [`${indent}struct:`, ...yamlFeatures(type.struct, indent)]
  // What a list is of stands as its value where it is plain, and below it where it is a struct.
  if (typeof type.list === 'string') return [`${indent}sequence: ${type.list}`]
  if ('struct' in type.list) return [`${indent}list:`, ...yamlFeatures(type.list.struct, indent)]
  return [`${indent}list:`, ...yamlType(type.list, `${indent}  `)]
}

/** The columns as `datasets` keeps them in the metadata of a Parquet file, under the key `huggingface`. */
export function huggingFaceInfo(columns: readonly Column[]): string {
  return JSON.stringify({ info: { features: featuresOf(columns) } })
}

type Feature = { [key: string]: unknown }

function featuresOf(columns: readonly Column[]): Feature {
  return Object.fromEntries(columns.map(({ name, type }) => [name, featureOf(type)]))
}

function featureOf(type: ColumnType): Feature | Feature[] {
  if (type === 'image') return { _type: 'Image' }
  if (typeof type === 'string') return { dtype: type, _type: 'Value' }
  if ('struct' in type) return featuresOf(type.struct)
  // A list of structs is a JSON list, which old and new versions of `datasets` read alike.
  if (typeof type.list !== 'string' && 'struct' in type.list) return [featuresOf(type.list.struct)]
  return { feature: featureOf(type.list), _type: 'Sequence' }
}

/** The columns as a Parquet schema, in the three-level form of lists that Arrow writes. Everything may be null. */
export function parquetSchema(columns: readonly Column[]): SchemaElement[] {
  return [{ name: 'schema', num_children: columns.length }, ...columns.flatMap(({ name, type }) => elements(name, type))]
}

function elements(name: string, type: ColumnType): SchemaElement[] {
  const optional = { name, repetition_type: 'OPTIONAL' } as const
  if (type === 'string') return [{ ...optional, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } }]
  if (type === 'float64') return [{ ...optional, type: 'DOUBLE' }]
  if (type === 'image') {
    return [
      { ...optional, num_children: 2 },
      { name: 'bytes', repetition_type: 'OPTIONAL', type: 'BYTE_ARRAY' },
      ...elements('path', 'string'),
    ]
  }
  if ('struct' in type)
    return [{ ...optional, num_children: type.struct.length }, ...type.struct.flatMap((field) => elements(field.name, field.type))]
  return [
    { ...optional, num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    ...elements('element', type.list),
  ]
}
