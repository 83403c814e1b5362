#!/usr/bin/env node
import { CommanderError, type Command } from 'commander'
import { log, logError } from '../core/log.ts'
import { Cancelled, describeFailure, EXIT, LimitPassed, toFailure } from './cli/failures.ts'
import { endQuietlyOnClosedPipe, flushed, helpOutput, standardOutput } from './cli/output.ts'
import { createProgram } from './cli/program.ts'

const wantsJson = process.argv.includes('--json')
const program = createProgram(standardOutput(wantsJson))

/** A command and all below it. */
const withAll = (command: Command): Command[] => [command, ...command.commands.flatMap(withAll)]

/** Runs the command line and gives the exit code. */
async function main(): Promise<number> {
  endQuietlyOnClosedPipe()
  for (const each of withAll(program)) {
    each.exitOverride()
    each.configureOutput(helpOutput(wantsJson))
  }
  try {
    await program.parseAsync()
    return EXIT.ok
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT.ok
      if (wantsJson)
        printFailure({ code: 'INVALID_INPUT', message: error.message.replace(/^error: /, ''), remedy: 'See: blindfold --help' })
      return EXIT.usage
    }
    if (error instanceof LimitPassed) {
      log(error.message)
      return EXIT.above
    }
    if (error instanceof Cancelled) {
      log(wantsJson ? JSON.stringify({ code: 'CANCELLED', message: error.message, remedy: 'Run the command again.' }) : error.message)
      return EXIT.cancelled
    }
    const failure = toFailure(error)
    if (failure.code === 'INTERNAL' && process.env['BLINDFOLD_DEBUG']) logError('debug', error)
    printFailure(failure)
    return EXIT.failure
  }
}

function printFailure(failure: ReturnType<typeof toFailure>): void {
  log(wantsJson ? JSON.stringify(failure) : describeFailure(failure))
}

const code = await main()
await flushed()
process.exit(code)
