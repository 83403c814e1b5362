import { z } from 'zod'
import {
  OPTION_NAMES,
  TRAINING_OPTIONS,
  type ConfigName,
  type OptionalName,
  type OptionName,
  type OptionRow,
  type OptionValue,
} from '../core/training-options.ts'

/** The schemas of the training options, from their table: as the interface names them, and as the trainer does. */

type Schema<Name extends OptionName> = Name extends OptionalName
  ? z.ZodOptional<z.ZodType<OptionValue<Name>>>
  : z.ZodDefault<z.ZodType<OptionValue<Name>>>
type Passed = { [Name in OptionName]: ConfigName<Name> extends never ? never : Name }[OptionName]

function schemaOf(row: OptionRow, bounds: { min?: number; max?: number }): z.ZodType {
  switch (row.kind) {
    case 'number': {
      const { min = row.min, max = row.max } = bounds
      const number = row.whole ? z.number().int() : z.number()
      const bounded = 'above' in row ? number.gt(min) : number.min(min)
      const value = max === Infinity ? bounded : bounded.max(max)
      return row.fallback === undefined ? value.optional() : value.default(row.fallback)
    }
    case 'choice':
      return z.enum(row.values as readonly [string, ...string[]]).default(row.fallback)
    case 'toggle':
      return z.boolean().default(row.fallback)
  }
}

/** Fields of `trainInput`. */
export const optionFields = Object.fromEntries(OPTION_NAMES.map((name) => [name, schemaOf(TRAINING_OPTIONS[name], {})])) as {
  [Name in OptionName]: Schema<Name>
}

/** Fields of `config.json`, with the trainer's own bounds. */
export const configFields = Object.fromEntries(
  OPTION_NAMES.flatMap((name) => {
    const row: OptionRow = TRAINING_OPTIONS[name]
    return row.config === null ? [] : [[row.config, schemaOf(row, ('trainer' in row && row.trainer) || {})]]
  }),
) as { [Name in Passed as ConfigName<Name>]: Schema<Name> }
