/**
 * In the place of the text hash of a score in `text_scores`: the pair's group joined another one since, and a model that saw pairs of it gave the score.
 * No text has this hash, so the score is stale whatever the text is.
 */
export const REGROUPED = 'regrouped'
