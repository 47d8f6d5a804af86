const secretFields = new Set(['apikey', 'destination'])

/** An Evolution body without the instance's token and our own address, which it repeats in every webhook. */
export function withoutSecrets(body: string): string {
  const fields = Object.entries(JSON.parse(body) as Record<string, unknown>)
  return JSON.stringify(Object.fromEntries(fields.filter(([name]) => !secretFields.has(name))))
}
