import {SelectAllNode, type SelectQueryBuilder, type SelectQueryNode, TableNode} from 'kysely'

const harmless: ReadonlySet<string> = new Set(['kind', 'from', 'selections'])

/** The table, where a query takes all of its rows in no order; with `columns` only where it takes all of those too. */
export function wholeTable<DB, TB extends keyof DB, O>(
  query: SelectQueryBuilder<DB, TB, O>,
  {columns = false}: {columns?: boolean} = {},
): string | undefined {
  const node = query.toOperationNode()
  for (const part in node)
    if (!harmless.has(part) && node[part as keyof SelectQueryNode] !== undefined) return undefined
  const [table, other] = node.from?.froms ?? []
  const [first, second] = node.selections ?? []
  if (columns && (second || !first || !SelectAllNode.is(first.selection))) return undefined
  return table && !other && TableNode.is(table) ? table.table.identifier.name : undefined
}
