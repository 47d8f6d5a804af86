/** Who holds a lease: told apart by host, process and start, so that a dead process of this machine is recognised. */
export interface Holder {
  host: string
  pid: number
  node: string
}

export const holderText = ({host, pid, node}: Holder): string => `${host}:${pid}:${node}`.slice(-64)

/** Is this the text of a process of our machine that has ended? Of other machines nobody knows. */
export function isGone(text: string, me: Pick<Holder, 'host' | 'pid'>): boolean {
  const [host, pid] = text.split(':')
  if (host !== me.host || !(Number(pid) > 0) || Number(pid) === me.pid) return false
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
