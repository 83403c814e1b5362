import type { Argument, Command, Option } from 'commander'
import { code, page, prose, sentence, table, written } from './markdown.ts'

/** Every command by its whole name, such as `models add`. Those that only group others are left out. */
export function commands(program: Command, path = ''): { name: string; command: Command }[] {
  return program.commands.flatMap((command) => {
    const name = `${path}${command.name()}`
    return command.commands.length > 0 ? commands(command, `${name} `) : [{ name, command }]
  })
}

function fallback({ defaultValue, mandatory }: Option): string {
  if (mandatory && (defaultValue === undefined || Array.isArray(defaultValue))) return 'required'
  if (defaultValue === undefined || defaultValue === false || (Array.isArray(defaultValue) && defaultValue.length === 0)) return ''
  return code(String(defaultValue))
}

function flagRow(option: Option): string[] {
  const values = option.argChoices ? `: ${option.argChoices.map(code).join(', ')}` : ''
  return [code(option.flags), fallback(option), sentence(prose(option.description)) + values]
}

/** Flags that are not in the tables: they are the same in every command that has them. */
const isCommon = ({ long, mandatory }: Option): boolean => long === '--help' || long === '--json' || (long === '--project' && mandatory)

/** The call with its arguments and the flags that it requires. */
function usage(name: string, args: readonly Argument[], flags: readonly Option[]): string {
  const given = args.map((each) => `${each.required ? `<${each.name()}>` : `[${each.name()}]`}${each.variadic ? '...' : ''}`)
  const required = flags.filter(({ mandatory }) => mandatory).map((each) => each.flags)
  return ['blindfold', name, ...given, ...required, '[FLAGS]'].join(' ')
}

/** docs/reference/cli.md. */
export function cliPage(program: Command): string {
  return page([
    '# Command line',
    written('src/host/cli/program.ts'),
    'Every command of `blindfold` with its flags. Read it when you script Blindfold; `blindfold COMMAND --help` prints the same.',
    '    blindfold COMMAND [FLAGS]',
    'Every command takes `--json`, which prints JSON instead of tables and errors as JSON on standard error. `--project <P>` is a project folder, `NAME.blindfold`.',
    'Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the proxy or a baseline above `--fail-above`, 130 cancelled with Ctrl+C.',
    ...commands(program).flatMap(({ name, command }) => {
      const help = command.createHelp()
      const args = help.visibleArguments(command)
      const flags = help.visibleOptions(command)
      const own = flags.filter((each) => !isCommon(each))
      const description = sentence(prose(command.description()))
      return [
        `## ${name}`,
        description.endsWith('?') ? description : `${description}.`,
        `    ${usage(name, args, flags)}`,
        ...(args.length > 0
          ? [
              table(
                ['argument', 'meaning'],
                args.map((each) => [code(each.name()), sentence(prose(each.description))]),
              ),
            ]
          : []),
        ...(own.length > 0 ? [table(['flag', 'default', 'meaning'], own.map(flagRow))] : []),
      ]
    }),
  ])
}
