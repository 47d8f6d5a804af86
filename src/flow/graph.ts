import type {Assembled} from './node.ts'
import type {Report} from './problem.ts'
import type {FlowDefinition} from './shape.ts'

/** Tells loops in which nobody is waited for, and nodes that nothing leads to. */
export function checkGraph(flow: FlowDefinition, {nodes, start}: Assembled, report: Report) {
  const reached = new Set<string>()
  const todo = [start]
  for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
    if (reached.has(id)) continue
    reached.add(id)
    todo.push(...(nodes.get(id)?.edges.map((edge) => edge.target) ?? []))
  }
  const loop = findLoop(flow, nodes)
  for (const [index, node] of flow.nodes.entries()) {
    const path = ['nodes', index, 'id']
    if (!reached.has(node.id))
      report(path, {rule: 'unreachable-node', severity: 'warn', message: `Nothing leads to "${node.id}".`})
    if (loop && loop[0] === node.id)
      report(path, {
        rule: 'loop-without-wait',
        message: `${[...loop, node.id].join(' → ')} goes round without waiting for anyone.`,
        hint: 'Put a wait into the loop.',
      })
  }
}

/** The nodes of one loop without a waiting node, in order, or undefined. Iterative: a flow may be 1,000 nodes deep. */
function findLoop(flow: FlowDefinition, nodes: Assembled['nodes']): string[] | undefined {
  const done = new Set<string>()
  for (const {id: root} of flow.nodes) {
    const trail: {id: string; next: number}[] = []
    const onTrail = new Set<string>()
    const push = (id: string) => {
      if (done.has(id) || nodes.get(id) === undefined || nodes.get(id)?.behaviour.waits) return
      trail.push({id, next: 0})
      onTrail.add(id)
    }
    push(root)
    for (let top = trail.at(-1); top !== undefined; top = trail.at(-1)) {
      const target = nodes.get(top.id)?.edges[top.next++]?.target
      if (target === undefined) {
        done.add(top.id)
        onTrail.delete(top.id)
        trail.pop()
      } else if (onTrail.has(target)) {
        return trail.slice(trail.findIndex((step) => step.id === target)).map((step) => step.id)
      } else push(target)
    }
  }
  return undefined
}
