import { z } from 'zod'

/**
 * A backup is NDJSON through gzip: `gzip -dc FILE | jq` shows all of it. The first line is the manifest. Each part
 * then has a head (`{"part": …, "form": …}`), its content in lines that begin with a tab (which JSON allows), and an
 * end that says how much that was and its SHA-256. The last line says that nothing is missing. Whatever a
 * version that is not known here adds gets another number in `hearth_backup`.
 */
export const BACKUP_FORMAT = 1

/** `lines`: the content is lines of JSON. `bytes`: it is a file, as `{"bytes": base64}` in some lines. */
export type PartForm = 'lines' | 'bytes'

const counted = z.int().min(0)

export const manifestSchema = z.object({
  hearth_backup: z.literal(BACKUP_FORMAT),
  /** The version of Hearth that made it. */
  hearth: z.string(),
  /** ISO 8601, UTC. */
  made_at: z.string(),
  database: z.object({
    dialect: z.enum(['sqlite', 'postgres']),
    migrations: z.array(z.object({ number: counted, name: z.string() })),
  }),
  /** The parts that follow, in their order. */
  parts: z.array(z.string()),
  /** What a restored Hearth needs and is not in here, in words. */
  left_out: z.array(z.string()),
  /** Files of models: `managed` ones lie in the models folder, others where the configuration says. */
  model_files: z.array(z.object({ path: z.string(), size_bytes: counted, managed: z.boolean() })),
})
export type Manifest = z.infer<typeof manifestSchema>

export const partEndSchema = z.object({
  name: z.string(),
  size_bytes: counted,
  /** Hex, of the content as it was: the file, or the lines with their line feeds. */
  sha256: z.string(),
})
export type PartSummary = z.infer<typeof partEndSchema>

export const backupEndSchema = z.object({
  whole: z.literal(true),
  parts: z.array(partEndSchema),
  /** Hex, of every byte before this line, as it is when unpacked. */
  sha256: z.string(),
})
