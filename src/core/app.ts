/** The program's name and version, as files that it writes say them. A test holds the version to package.json. */
export const APP = { name: 'Blindfold', version: '0.1.0' } as const
