import type { ModelKind } from '../../contract/models.ts'
import type { Reading } from '../../protocols/scoring.ts'
import { ReadingError } from './reading-error.ts'
import { TextModel } from './text-model.ts'

/** Opens the model that a proxy reads with; null for a proxy that needs none. @throws ReadingError where it cannot be used */
export async function openModel(needs: ModelKind | null, { proxy, model, executionProvider, threads }: Reading): Promise<TextModel | null> {
  if (!needs) return null
  if (model?.kind !== needs) {
    const given = model ? `“${model.name}” is of kind ${model.kind}` : 'none was given'
    throw new ReadingError(
      `The proxy “${proxy}” requires a registered model of kind ${needs}; ${given}.`,
      'Choose a model on the Models page, or add one with blindfold models add.',
    )
  }
  return TextModel.open(model, { executionProvider, threads })
}
