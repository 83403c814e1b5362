import type { FormatId, QuarantineCode } from '../../../src/contract/imports.ts'

/** What people call each format, and how one record looks. */
export const FORMATS: Record<FormatId, { label: string; shape: string }> = {
  'mm-rm': { label: 'MM-RM', shape: 'prompt, img_path, chosen, rejected' },
  povid: { label: 'POVID / LLaVA-DPO', shape: 'image, conversations, rejected_conversations' },
  trl: { label: 'TRL', shape: 'prompt, chosen, rejected, images' },
}

export const CODES: Record<QuarantineCode, string> = {
  'not-an-object': 'Not a record',
  'invalid-json': 'Invalid JSON',
  'invalid-utf8': 'Invalid UTF-8',
  'missing-field': 'Missing field',
  'wrong-type': 'Wrong type',
  'empty-text': 'Empty text',
  'same-responses': 'Same responses',
  'missing-image': 'Missing image',
  'unreadable-image': 'Unreadable image',
  'duplicate-id': 'Duplicate id',
}

/** The last part of a path. */
export const fileName = (path: string): string => path.split(/[\\/]/).filter(Boolean).at(-1) ?? path
