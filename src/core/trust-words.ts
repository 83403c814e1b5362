/** The question about a project that was made elsewhere, as the desktop app and the browser ask it. */
export const TRUST = {
  question: 'Do you trust this project?',
  reason: 'This project was not made on this computer. Trust it only if you know who made it.',
  readOnly:
    'Read-only: you can browse its pairs, results and runs, and export them. Blindfold changes nothing, resumes no job and loads none of its models.',
  trusted: 'Trusted: you can work in it as in your own. Blindfold does not ask again.',
  openReadOnly: 'Open read-only',
  trustAndOpen: 'Trust and open',
} as const
