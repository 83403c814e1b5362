#!/usr/bin/env node
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { formatId } from '../contract/imports.ts'
import { executionProvider, proxyKind } from '../contract/proxies.ts'
import { pairSort } from '../contract/pairs.ts'
import { APP } from '../core/app.ts'
import { log, logError } from '../core/log.ts'
import { DEFAULT_SORT, TRAINING_METHODS } from '../core/vocabulary.ts'
import { backup } from './cli/backup.ts'
import { check } from './cli/check.ts'
import { bulkActions, changePairs, duplicates, slices } from './cli/curation.ts'
import { demo } from './cli/demo.ts'
import { evaluate } from './cli/evaluate.ts'
import { exportFlags, exportPairs } from './cli/export.ts'
import { Cancelled, describeFailure, EXIT, LimitPassed, toFailure } from './cli/failures.ts'
import { filterFlags } from './cli/filter.ts'
import { heal } from './cli/heal.ts'
import { importFiles } from './cli/import.ts'
import { info } from './cli/info.ts'
import { endQuietlyOnClosedPipe, flushed, helpOutput, standardOutput, type Output } from './cli/output.ts'
import { addModel, forgetModel, listAll, MODEL_KINDS } from './cli/models.ts'
import { collect, number } from './cli/option-values.ts'
import { listPairs } from './cli/pairs.ts'
import { probe } from './cli/probe.ts'
import { reasons } from './cli/reasons.ts'
import { report } from './cli/report.ts'
import { scan } from './cli/scan.ts'
import { serveInterface } from './cli/serve.ts'
import { stability } from './cli/stability.ts'
import { optionFlags, train } from './cli/train.ts'
import { trust } from './cli/trust.ts'

const wantsJson = process.argv.includes('--json')
const output: Output = standardOutput(wantsJson)

const whole =
  (low: number, high: number) =>
  (text: string): number => {
    const n = Number(text)
    if (/^\d+$/.test(text) && n >= low && n <= high) return n
    throw new InvalidArgumentError(`It must be a whole number from ${low} to ${high}.`)
  }
const choice = (flags: string, description: string, values: readonly string[]): Option => new Option(flags, description).choices(values)
const seed = (): Option => new Option('--seed <N>', 'random seed').argParser(whole(0, 2 ** 31 - 1)).default(0)

const program = new Command('blindfold')
  .version(APP.version, '--version', 'print the version')
  .description(
    'Shows which multimodal preference pairs can be guessed without the image, and retrains reward models with those shortcuts discounted.',
  )
  .addHelpText(
    'after',
    '\nExit codes: 0 done, 1 failed, 2 wrong usage, 3 the proxy or a baseline above --fail-above, 130 cancelled with Ctrl-C. With --json, errors are JSON on standard error.',
  )

/** A command on a project; each has --json. */
const command = (name: string, description: string): Command =>
  program.command(name).description(description).option('--json', 'print JSON instead of tables')
const onProject = (name: string, description: string): Command =>
  command(name, description).requiredOption('--project <P>', 'project folder, NAME.blindfold')

onProject('import', 'import preference data into a source; create the project if needed')
  .argument('<PATH...>', 'data files, folders of shards, Hugging Face dataset folders, or a dataset_info.json')
  .requiredOption('--source <S>', 'name of the source, the environment the pairs come from')
  .option('--split <S>', 'train, test or another name; by default what the data say')
  .addOption(choice('--format <F>', 'record format', ['auto', ...formatId.options]).default('auto'))
  .option('--map <M>', 'columns of records of no known format: prompt=question,chosen=good,rejected=bad')
  .option('--labels <L>', 'what the values of the label mean: 0=first,1=second,2=tie')
  .option('--encoding <E>', 'encoding of text files, such as gb18030 or windows-1252 (default: UTF-8, or by a byte order mark)')
  .option('--map-name <N>', 'use a saved column map')
  .option('--save-map <N>', 'save the map under a name, for all projects')
  .option('--images <DIR>', 'folder that image paths start from and must stay in')
  .option('--fetch <HOST>', 'fetch images from this host on the web (may be repeated); no other is ever asked', collect<string>, [])
  .action((files, options) => importFiles(files, options, output))

onProject('heal', 'find missing images in a folder or on a web host')
  .option('--images <DIR>', 'folder to look in, by path and by name')
  .option('--fetch <HOST>', 'fetch images from this host on the web (may be repeated)', collect<string>, [])
  .option(
    '--source <S>',
    'only images of pairs of this source (may be repeated); by default a name means the same image in all',
    collect<string>,
    [],
  )
  .action((options) => heal(options, output))

onProject('scan', 'run the blind test: how well does the text alone predict the labels?')
  .addOption(choice('--proxy <P>', 'text-only model', proxyKind.options).default('lexical'))
  .option('--model <ID>', 'registered model that an encoder or reward-model proxy reads with; see: blindfold models list')
  .option('--characters', 'lexical: n-grams of characters in place of words, for languages without spaces', false)
  .option('--threads <N>', 'threads of the processor; by default all', whole(1, 256))
  .addOption(choice('--provider <E>', 'where a registered model computes', executionProvider.options).default('cpu'))
  .addOption(seed())
  .action((options) => scan(options, output))

onProject('probe', 'score the pairs with a reference that sees the image, which gives them an audit SFC')
  .option('--model <ID>', 'registered model of kind clip; by default the tiny one that needs none', 'tiny')
  .option('--threads <N>', 'threads of the processor; by default all', whole(1, 256))
  .addOption(choice('--provider <E>', 'where a registered model computes', executionProvider.options).default('cpu'))
  .option('--seed <N>', 'folds and controls; by default those of the latest blind test', whole(0, 2 ** 31 - 1))
  .action((options) => probe(options, output))

onProject('report', 'print what the last blind test found')
  .option('--html <FILE>', 'write it as one HTML file that needs nothing else')
  .option(
    '--fail-above <X>',
    'exit with code 3 if the proxy or a baseline predicts more than X of the labels, for example 0.6',
    number(0, 1),
  )
  .action((options) => report(options, output))

onProject('stability', 'repeat the last blind test with other seeds: how much do verdict and ranks move?')
  .option('--seeds <N>', 'seeds in all', whole(2, 20), 5)
  .action((options) => stability(options, output))

onProject(
  'reasons',
  'what gives the labels away: features by family, with the sources where they hold, and shared beginnings and ends',
).action((options) => reasons(options, output))

filterFlags(
  onProject('pairs', 'list pairs with their margins, audit SFC and quadrant, those first whose label the text alone gives away most'),
)
  .addOption(choice('--sort <S>', 'order', pairSort.options).default(DEFAULT_SORT))
  .option('--limit <N>', 'how many (tables: 20, --json: all)', whole(1, 1_000_000_000))
  .action((options) => listPairs(options, output))

optionFlags(
  onProject('train', 'train a reward model on one environment and test it on all')
    .addOption(choice('--method <M>', 'how to train', TRAINING_METHODS).makeOptionMandatory())
    .requiredOption('--train-source <S>', 'source to train on (may be repeated: they are joined)', collect<string>, [])
    .option('--model <M>', 'reward model: tiny, the folder of a vision-language model, or its hub id OWNER/NAME', 'tiny')
    .option('--revision <R>', 'branch, tag or commit of a hub id; by default the newest commit'),
)
  .option('--dry-run', 'check whether the run fits this machine; start nothing', false)
  .action((options) => train(options, output))

onProject('evaluate', 'print the cross-distribution matrix and SFD of all finished runs').action((options) => evaluate(options, output))

exportFlags(onProject('export', 'write the curated pairs as a dataset folder'), number(0.01, 0.9), seed()).action((options) =>
  exportPairs(options, output),
)

/** A command that changes every pair its flags name. */
const onPairs = (name: string, description: string): Command =>
  filterFlags(onProject(name, description))
    .option('--all', 'all pairs of the project, where no other flag says which', false)
    .option('--dry-run', 'say how many pairs it would be, and change nothing', false)

onPairs('discard', 'discard pairs: they stay in the project and are left out of everything else').action((options) =>
  changePairs({ action: 'discard' }, options, output),
)
onPairs('tag', 'put a tag on pairs')
  .argument('<TAG>', 'the tag')
  .action((tag: string, options) => changePairs({ action: 'tag', tag }, options, output))
onPairs('untag', 'take a tag off pairs')
  .argument('<TAG>', 'the tag')
  .action((tag: string, options) => changePairs({ action: 'untag', tag }, options, output))
onPairs('set-split', 'move pairs to another split')
  .argument('<SPLIT>', "the split; '' is none")
  .action((split: string, options) => changePairs({ action: 'set-split', split }, options, output))

onProject('bulk', 'list bulk actions, or undo one')
  .option('--undo <ID>', 'take this action back', whole(1, Number.MAX_SAFE_INTEGER))
  .action((options) => bulkActions(options, output))

filterFlags(onProject('slices', 'list, save and remove filters kept under a name'))
  .option('--save <NAME>', 'keep the filter that the other flags describe')
  .option('--remove <NAME>', 'forget this one')
  .action((options) => slices(options, output))

onProject('duplicates', 'count pairs that repeat one another').action((options) => duplicates(options, output))

onProject('check', 'look for damage: database, labels, search, images, stray files; also while the project is open elsewhere')
  .option('--repair', 'repair what can be repaired, after backing up the database', false)
  .action((options) => check(options, output))

onProject('backup', 'copy the project as it stands now, also while it is open and written elsewhere')
  .requiredOption('--out <DEST>', 'folder to write; an earlier backup of this project is replaced')
  .action((options) => backup(options, output))

onProject('trust', 'work in a project that was made elsewhere, once you know who made it').action((options) => trust(options, output))

onProject('info', 'print what the project holds, also while it is open elsewhere').action((options) => info(options, output))

command('demo', 'make a project of three demo environments with known shortcuts, and run the blind test on it')
  .option('--project <P>', 'project folder', 'demo.blindfold')
  .option('--pairs <N>', 'training pairs per environment', whole(10, 100_000))
  .addOption(seed())
  .action((options) => demo(options, output))

const models = command('models', 'models that the blind test reads with: yours, for all projects')
models
  .command('list')
  .description('list them')
  .option('--json', 'JSON for machines')
  .action(() => listAll(output))
models
  .command('add')
  .description('register a folder with ONNX files where it lies, fetch a model of the hub by its name, or build MiniLM')
  .argument('<WHAT>', 'a folder, OWNER/NAME on the model hub (HF_ENDPOINT, HF_TOKEN hold), or minilm')
  .addOption(choice('--kind <K>', 'what it is, where its files do not say', MODEL_KINDS))
  .option('--name <N>', 'name to show')
  .option('--revision <R>', 'branch, tag or commit on the hub', 'main')
  .addOption(choice('--pooling <P>', 'how a sentence encoder makes one vector of many', ['mean', 'cls', 'last']))
  .option('--max-length <N>', 'tokens it reads', whole(8, 131_072))
  .option('--dry-run', 'say what would be fetched from the hub, and fetch nothing', false)
  .option('--json', 'JSON for machines')
  .action((what: string, options) => addModel(what, options, output))
models
  .command('remove')
  .description('forget a model; files that Blindfold fetched or built are deleted, a registered folder is not')
  .argument('<ID>', 'as blindfold models list has it')
  .option('--json', 'JSON for machines')
  .action((id: string) => forgetModel(id, output))

command('serve', 'serve the interface to a browser on this machine')
  .option('--port <N>', 'port on 127.0.0.1; 0 takes a free one', whole(0, 65_535), 0)
  .option('--project <P>', 'project to open')
  .option('--open', 'open the browser', false)
  .option(
    '--root <DIR>',
    'folder that the page may browse, read and write (may be repeated; your home folder by default)',
    collect<string>,
    [],
  )
  .option('--sign-out', 'sign out all browsers, also those of running servers, and exit', false)
  .action((options) => serveInterface(options, output))

/** Runs the command line and gives the exit code. */
async function main(): Promise<number> {
  endQuietlyOnClosedPipe()
  for (const each of [program, ...program.commands, ...models.commands]) {
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
