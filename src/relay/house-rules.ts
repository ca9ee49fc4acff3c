/** What the house decides about every request, whoever sends it. Changes live; read once for each request. */
export interface HouseRules {
  /** Real names by alias. */
  readonly aliases: ReadonlyMap<string, string>
  /** For requests that name none, or null to leave it to the host. */
  readonly temperature: number | null
  readonly topP: number | null
  /** The id of the host that answers embeddings before all others. */
  readonly embeddingHostId: string | undefined
}
