import { Option } from 'commander'
import { ACTOR_KINDS, SCOPES } from '#base/actor'
import { decimalNumber, notBlank, positiveNumber, wholeNumber } from './argument-parsers.ts'
import type { CommandEntry } from './command-entry.ts'
import { addConfigOptions, addDataOptions } from './config-flags.ts'

/** What the first word of two-word commands is about. */
export const GROUPS: Readonly<Record<string, string>> = {
  models: 'the models that can be asked, and the model files (also while Hearth is stopped)',
  keys: 'who may use this Hearth (also while it is stopped)',
  options: 'what can be changed while Hearth runs',
  config: 'the configuration that serve would use',
  db: 'the database: SQLite in the data folder, or PostgreSQL',
}

/** Every command, in the order in which help lists them. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'serve',
    summary: 'run Hearth',
    examples: [
      'hearth serve --host-url http://127.0.0.1:1234',
      'hearth serve --model ~/models/some-model.gguf',
    ],
    isService: true,
    addOptions: addConfigOptions,
    load: async () => (await import('./commands/serve.ts')).serve,
  },
  {
    name: 'status',
    summary: 'how the running Hearth, its hosts and models are',
    examples: ['hearth status', 'hearth status --json | jq .hosts'],
    addOptions: addDataOptions,
    load: async () => (await import('./commands/status.ts')).status,
  },
  {
    name: 'models list',
    summary: 'every model and who serves it',
    examples: ['hearth models list'],
    addOptions: addDataOptions,
    load: async () => (await import('./commands/models.ts')).listModels,
  },
  {
    name: 'models show',
    arguments: '<id>',
    summary: 'all that is known about one model',
    examples: ['hearth models show hearth-selftest'],
    addOptions: addDataOptions,
    load: async () => (await import('./commands/models.ts')).showModel,
  },
  {
    name: 'models files',
    summary: 'the GGUF files of this machine, and why one cannot be used; works on a stopped Hearth too',
    examples: ['hearth models files', 'hearth models files --json | jq .items'],
    addOptions: addDataOptions,
    load: async () => (await import('./commands/model-files.ts')).listModelFiles,
  },
  {
    name: 'models pull',
    arguments: '<source>',
    summary: 'download a model, or go on with a download; works on a stopped Hearth too',
    examples: [
      'hearth models pull hf:Qwen/Qwen3-0.6B-GGUF/Qwen3-0.6B-Q8_0.gguf',
      'hearth models pull https://example.org/some-model.gguf --name small',
    ],
    addOptions: (command) =>
      void addDataOptions(command)
        .option('--sha256 <hash>', 'what the file must be', notBlank)
        .option('--name <name>', 'what to call the model (default: its file name)', notBlank),
    load: async () => (await import('./commands/pull-model.ts')).pullModel,
  },
  {
    name: 'models cancel',
    arguments: '<id>',
    summary: 'end a download and throw away what has arrived',
    examples: ['hearth models cancel job_0123456789abcdef01234567'],
    addOptions: addDataOptions,
    load: async () => (await import('./commands/model-files.ts')).cancelPull,
  },
  {
    name: 'models delete',
    arguments: '<id>',
    summary: 'delete a model of the models folder; works on a stopped Hearth too',
    examples: ['hearth models delete Qwen3-0.6B-Q8_0'],
    addOptions: addDataOptions,
    load: async () => (await import('./commands/model-files.ts')).deleteModel,
  },
  {
    name: 'chat',
    arguments: '[prompt...]',
    summary: 'ask a model; without a prompt, talk with it or read the prompt from a pipe',
    examples: [
      'hearth chat "Why is the sky blue?"',
      'hearth chat --system "Answer in French." < letter.txt',
      'hearth chat',
    ],
    addOptions: (command) =>
      void addDataOptions(command)
        .option('--model <id>', 'the model to ask (default: the first that is no self-test)', notBlank)
        .option('--system <text>', 'what the model is told first')
        .option('--max-tokens <n>', 'longest answer, in tokens', positiveNumber)
        .option('--temperature <t>', 'how freely words are chosen, from 0', decimalNumber)
        .option('--seed <n>', 'makes an answer repeatable, where the host can', wholeNumber),
    load: async () => (await import('./commands/chat.ts')).chat,
  },
  {
    name: 'embed',
    arguments: '[text...]',
    summary: 'turn texts into vectors, each word or quoted text into one; without a text, what is piped in',
    examples: ['hearth embed "warm light" "cold light"', 'hearth embed --json < page.txt'],
    addOptions: (command) =>
      void addDataOptions(command).option(
        '--model <id>',
        'the model to ask (default: the first made for it)',
        notBlank,
      ),
    load: async () => (await import('./commands/embed.ts')).embed,
  },
  {
    name: 'keys create',
    summary: 'make a key and print its secret, once',
    examples: [
      'hearth keys create --name laptop --scope relay --kind app',
      'hearth keys create --name ada --scope admin --kind person --json',
    ],
    addOptions: (command) =>
      void addDataOptions(command)
        .requiredOption('--name <name>', 'what people call it', notBlank)
        .addOption(
          new Option(
            '--scope <scope>',
            'what it may do: admin is operate and more, operate is view and more; relay is for /v1/* only',
          )
            .choices(SCOPES)
            .makeOptionMandatory(),
        )
        .addOption(
          new Option('--kind <kind>', 'who holds it; only a person can decide an approval')
            .choices(ACTOR_KINDS)
            .makeOptionMandatory(),
        ),
    load: async () => (await import('./commands/keys.ts')).createKey,
  },
  {
    name: 'keys list',
    summary: 'every key, revoked ones too; never a secret',
    examples: ['hearth keys list'],
    addOptions: addDataOptions,
    load: async () => (await import('./commands/keys.ts')).listKeys,
  },
  {
    name: 'keys revoke',
    arguments: '<id>',
    summary: 'end a key at once',
    examples: ['hearth keys revoke key_0123456789abcdef01234567'],
    addOptions: addDataOptions,
    load: async () => (await import('./commands/keys.ts')).revokeKey,
  },
  {
    name: 'options list',
    summary: 'what can be changed while Hearth runs, and where each value comes from',
    examples: ['hearth options list'],
    addOptions: addDataOptions,
    load: async () => (await import('./commands/options.ts')).listOptions,
  },
  {
    name: 'options set',
    arguments: '<assignments...>',
    summary: 'change options at once, all of them or none; they hold after a restart too',
    examples: [
      'hearth options set lm_hosts=http://192.168.1.20:1234,http://192.168.1.21:11434',
      `hearth options set temperature=0.5 'aliases={"house":"qwen3-8b"}'`,
    ],
    addOptions: addDataOptions,
    load: async () => (await import('./commands/options.ts')).setOptions,
  },
  {
    name: 'options reset',
    arguments: '<name>',
    summary: 'forget the stored value of an option, so that the file or the default holds',
    examples: ['hearth options reset temperature'],
    addOptions: addDataOptions,
    load: async () => (await import('./commands/options.ts')).resetOption,
  },
  {
    name: 'login',
    summary: 'print a link that logs a browser in, once, within 15 minutes',
    examples: ['hearth login'],
    addOptions: addDataOptions,
    load: async () => (await import('./commands/login.ts')).login,
  },
  {
    name: 'config check',
    summary: 'say everything that is wrong with the configuration, or ok',
    examples: ['hearth config check --config /etc/hearth.yaml'],
    addOptions: addConfigOptions,
    load: async () => (await import('./commands/config.ts')).checkConfig,
  },
  {
    name: 'config print',
    summary: 'every setting, its value and where the value comes from',
    examples: ['hearth config print', 'HEARTH_LOG_LEVEL=debug hearth config print --json'],
    addOptions: addConfigOptions,
    load: async () => (await import('./commands/config.ts')).showConfig,
  },
  {
    name: 'backup',
    arguments: '<file>',
    summary: 'copy database, admin key and configuration into one file, while Hearth runs or not',
    examples: ['hearth backup ~/hearth.backup', 'hearth backup "/backups/hearth-$(date +%a)" --force'],
    addOptions: (command) => void addDataOptions(command).option('--force', 'replace a file of that name'),
    load: async () => (await import('./commands/backup.ts')).backup,
  },
  {
    name: 'restore',
    arguments: '<file>',
    summary: 'restore a backup, or a copy made before a migration, while Hearth is stopped',
    examples: [
      'hearth restore ~/hearth.backup',
      'hearth restore ~/hearth.backup --database-url postgres://hearth:secret@db/hearth',
    ],
    addOptions: (command) =>
      void addDataOptions(command)
        .option('--force', 'restore over a Hearth that is there, which is kept beside it')
        .option('--without-config', 'leave the configuration file in the backup out'),
    load: async () => (await import('./commands/restore.ts')).restore,
  },
  {
    name: 'db copy',
    summary: 'copy a database into an empty one, from SQLite to PostgreSQL or back, and compare the two',
    examples: [
      'DATABASE_URL=postgres://hearth:secret@db/hearth hearth db copy',
      'hearth db copy --from postgres://hearth:secret@db/hearth --to ~/hearth-copy',
    ],
    addOptions: (command) =>
      void addDataOptions(command)
        .option('--from <place>', 'data folder, .db file, .ndjson copy or URL (default: the data folder)')
        .option('--to <place>', 'data folder, .db file or URL (default: DATABASE_URL)'),
    load: async () => (await import('./commands/copy-database.ts')).copyDatabase,
  },
  {
    name: 'doctor',
    summary: 'look for what is wrong and say what to do about it; works on a stopped Hearth too',
    examples: ['hearth doctor', 'hearth doctor --json | jq .checks'],
    addOptions: addConfigOptions,
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    name: 'version',
    summary: 'the versions of Hearth and Node.js',
    examples: ['hearth version --json'],
    addOptions: () => undefined,
    load: async () => (await import('./commands/version.ts')).version,
  },
]
