import { Command, InvalidArgumentError, Option } from 'commander'
import { formatId } from '../../contract/imports.ts'
import { executionProvider, proxyKind } from '../../contract/proxies.ts'
import { pairSort } from '../../contract/pairs.ts'
import { APP } from '../../core/app.ts'
import { DEFAULT_SORT, TRAINING_METHODS } from '../../core/vocabulary.ts'
import { backup } from './backup.ts'
import { check } from './check.ts'
import { bulkActions, changePairs, duplicates, slices, type OnPairs } from './curation.ts'
import { demo } from './demo.ts'
import { evaluate } from './evaluate.ts'
import { exportFlags, exportPairs } from './export.ts'
import { filterFlags } from './filter.ts'
import { heal } from './heal.ts'
import { importFiles, type ImportOptions } from './import.ts'
import { info } from './info.ts'
import type { Output } from './output.ts'
import { addModel, type AddOptions, forgetModel, listAll, MODEL_KINDS } from './models.ts'
import { collect, number } from './option-values.ts'
import { listPairs } from './pairs.ts'
import { probe } from './probe.ts'
import { reasons } from './reasons.ts'
import { report } from './report.ts'
import { scan } from './scan.ts'
import { serveInterface } from './serve.ts'
import { stability } from './stability.ts'
import { optionFlags, train } from './train.ts'
import { trust } from './trust.ts'

const whole =
  (low: number, high: number) =>
  (text: string): number => {
    const n = Number(text)
    if (/^\d+$/.test(text) && n >= low && n <= high) return n
    throw new InvalidArgumentError(`It must be a whole number from ${low} to ${high}.`)
  }
const choice = (flags: string, description: string, values: readonly string[]): Option => new Option(flags, description).choices(values)
const seed = (): Option => new Option('--seed <N>', 'random seed').argParser(whole(0, 2 ** 31 - 1)).default(0)

/** All commands of the command line. They print to `output`. */
export function createProgram(output: Output): Command {
  const program = new Command('blindfold')
    .version(APP.version, '--version', 'print the version')
    .description('Find labels that leak through the text, and train reward models that use the image.')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 failed, 2 wrong usage, 3 the proxy or a baseline above --fail-above, 130 cancelled with Ctrl+C. With --json, errors are JSON on standard error.',
    )

  const run =
    <Options>(work: (options: Options, output: Output) => void | Promise<void>) =>
    (options: Options) =>
      work(options, output)

  /** A command on a project; each has --json. */
  const command = (name: string, description: string): Command =>
    program.command(name).description(description).option('--json', 'print JSON instead of tables')
  const onProject = (name: string, description: string): Command =>
    command(name, description).requiredOption('--project <P>', 'project folder, NAME.blindfold')

  onProject('import', 'import preference data into a source; create the project if needed')
    .argument('<PATH...>', 'data files, folders of shards, Hugging Face dataset folders, or a dataset_info.json')
    .requiredOption('--source <S>', 'name of the source that the pairs come from')
    .option('--split <S>', 'train, test or another name (default: as stated in the data)')
    .addOption(choice('--format <F>', 'record format', ['auto', ...formatId.options]).default('auto'))
    .option('--map <M>', 'columns of an unknown format: prompt=question,chosen=good,rejected=bad')
    .option('--labels <L>', 'meaning of each label value: 0=first,1=second,2=tie')
    .option('--encoding <E>', 'encoding of text files, such as gb18030 or windows-1252 (default: UTF-8, or by a byte order mark)')
    .option('--map-name <N>', 'use a saved column map')
    .option('--save-map <N>', 'save the map under a name, for all projects')
    .option('--images <DIR>', 'folder that image paths are relative to; files outside it are never read')
    .option('--fetch <HOST>', 'download images from this web host and no other (repeatable)', collect<string>, [])
    .action((files: string[], options: ImportOptions) => importFiles(files, options, output))

  onProject('heal', 'find missing images in a folder or on a web host')
    .option('--images <DIR>', 'folder to search, by path and by name')
    .option('--fetch <HOST>', 'download images from this web host (repeatable)', collect<string>, [])
    .option(
      '--source <S>',
      'only images of this source (default: all sources, in which a name always means the same image; repeatable)',
      collect<string>,
      [],
    )
    .action(run(heal))

  onProject('scan', 'run the blind test: how well does the text alone predict the labels?')
    .addOption(choice('--proxy <P>', 'kind of text-only proxy', proxyKind.options).default('lexical'))
    .option('--model <ID>', 'registered model for an encoder or reward-model proxy; see: blindfold models list')
    .option('--characters', 'lexical: n-grams of characters instead of words, for languages without spaces', false)
    .option('--threads <N>', 'CPU threads (default: all)', whole(1, 256))
    .addOption(choice('--provider <E>', 'device that runs a registered model', executionProvider.options).default('cpu'))
    .addOption(seed())
    .action(run(scan))

  onProject('probe', 'run the image probe, which turns prior SFCs into audit SFCs')
    .option('--model <ID>', 'registered model of kind clip, or tiny, which is built in', 'tiny')
    .option('--threads <N>', 'CPU threads (default: all)', whole(1, 256))
    .addOption(choice('--provider <E>', 'device that runs a registered model', executionProvider.options).default('cpu'))
    .option('--seed <N>', 'seed of folds and controls (default: that of the latest blind test)', whole(0, 2 ** 31 - 1))
    .action(run(probe))

  onProject('report', 'print the result of the last blind test')
    .option('--html <FILE>', 'save it as one HTML file that opens without Blindfold')
    .option(
      '--fail-above <X>',
      'exit with code 3 if the proxy or a baseline predicts more than X of the labels, for example 0.6',
      number(0, 1),
    )
    .action(run(report))

  onProject('stability', 'repeat the last blind test with other seeds, to see how much verdict and ranking change')
    .option('--seeds <N>', 'number of seeds', whole(2, 20), 5)
    .action(run(stability))

  onProject('reasons', 'list the cues by family, with their lift by source, and shared beginnings and ends').action(run(reasons))

  filterFlags(onProject('pairs', 'list pairs with their margins, audit SFC and quadrant, most shortcut-prone first'))
    .addOption(choice('--sort <S>', 'order', pairSort.options).default(DEFAULT_SORT))
    .option('--limit <N>', 'number of pairs (default: 20 in tables, all with --json)', whole(1, 1_000_000_000))
    .action(run(listPairs))

  optionFlags(
    onProject('train', 'train a reward model and test it on every source')
      .addOption(choice('--method <M>', 'training method', TRAINING_METHODS).makeOptionMandatory())
      .requiredOption('--train-source <S>', 'source to train on (repeatable: sources are joined)', collect<string>, [])
      .option('--model <M>', 'reward model: tiny, the folder of a vision-language model, or OWNER/NAME on the Hub', 'tiny')
      .option('--revision <R>', 'branch, tag or commit on the Hub (default: the newest commit)'),
  )
    .option('--dry-run', 'check whether the run fits this machine; start nothing', false)
    .action(run(train))

  onProject('evaluate', 'print the cross-distribution matrix and SFD of all finished runs').action(run(evaluate))

  exportFlags(onProject('export', 'write the curated pairs as a dataset folder'), number(0.01, 0.9), seed()).action(run(exportPairs))

  /** A command that changes every pair its flags name. */
  const onPairs = (name: string, description: string): Command =>
    filterFlags(onProject(name, description))
      .option('--all', 'all pairs of the project, if no other flag filters them', false)
      .option('--dry-run', 'print how many pairs would change; change nothing', false)

  onPairs('discard', 'discard pairs: keep them in the project, but exclude them from blind tests, training and exports').action(
    (options: OnPairs) => changePairs({ action: 'discard' }, options, output),
  )
  onPairs('tag', 'add a tag to pairs')
    .argument('<TAG>', 'the tag')
    .action((tag: string, options: OnPairs) => changePairs({ action: 'tag', tag }, options, output))
  onPairs('untag', 'remove a tag from pairs')
    .argument('<TAG>', 'the tag')
    .action((tag: string, options: OnPairs) => changePairs({ action: 'untag', tag }, options, output))
  onPairs('set-split', 'move pairs to another split')
    .argument('<SPLIT>', "the split; '' means none")
    .action((split: string, options: OnPairs) => changePairs({ action: 'set-split', split }, options, output))

  onProject('bulk', 'list bulk actions, or undo one')
    .option('--undo <ID>', 'undo this action', whole(1, Number.MAX_SAFE_INTEGER))
    .action(run(bulkActions))

  filterFlags(onProject('slices', 'list, save and remove slices'))
    .option('--save <NAME>', 'save the filter that the other flags describe')
    .option('--remove <NAME>', 'remove this slice')
    .action(run(slices))

  onProject('duplicates', 'count the duplicates').action(run(duplicates))

  onProject('check', 'check for damage to database, labels, search, images and files; also while the project is open elsewhere')
    .option('--repair', 'repair what can be repaired, after backing up the database', false)
    .action(run(check))

  onProject('backup', 'copy the project as it is now; also while it is open elsewhere')
    .requiredOption('--out <DEST>', 'folder to write; an earlier backup of this project is replaced')
    .action(run(backup))

  onProject('trust', 'trust a project that was made elsewhere, once you know who made it').action(run(trust))

  onProject('info', 'print what is in the project; also while it is open elsewhere').action(run(info))

  command('demo', 'create a project of three demo sources with known shortcuts, and run the blind test on it')
    .option('--project <P>', 'project folder', 'demo.blindfold')
    .option('--pairs <N>', 'training pairs per source', whole(10, 100_000))
    .addOption(seed())
    .action(run(demo))

  const models = command('models', 'manage the models that proxies and probes use, for all projects')
  models
    .command('list')
    .description('list registered models')
    .option('--json', 'print JSON instead of tables')
    .action(() => listAll(output))
  models
    .command('add')
    .description('register a folder with ONNX files, download a model of the Hub, or build MiniLM')
    .argument('<WHAT>', 'a folder, OWNER/NAME on the Hub (uses HF_ENDPOINT and HF_TOKEN), or minilm')
    .addOption(choice('--kind <K>', 'kind of model, if its files do not state it', MODEL_KINDS))
    .option('--name <N>', 'display name')
    .option('--revision <R>', 'branch, tag or commit on the Hub', 'main')
    .addOption(choice('--pooling <P>', 'pooling of a sentence encoder', ['mean', 'cls', 'last']))
    .option('--max-length <N>', 'maximum tokens per text', whole(8, 131_072))
    .option('--dry-run', 'list what would be downloaded; download nothing', false)
    .option('--json', 'print JSON instead of tables')
    .action((what: string, options: AddOptions) => addModel(what, options, output))
  models
    .command('remove')
    .description('remove a model; deletes files that Blindfold downloaded or built, but no registered folder')
    .argument('<ID>', 'ID from: blindfold models list')
    .option('--json', 'print JSON instead of tables')
    .action((id: string) => forgetModel(id, output))

  command('serve', 'serve the interface to a browser on this machine')
    .option('--port <N>', 'port on 127.0.0.1 (0: any free port)', whole(0, 65_535), 0)
    .option('--project <P>', 'project to open')
    .option('--open', 'open the browser', false)
    .option('--root <DIR>', 'folder that the page may browse, read and write (default: your home folder; repeatable)', collect<string>, [])
    .option('--sign-out', 'sign out all browsers, including those of running servers, and exit', false)
    .action(run(serveInterface))

  return program
}
