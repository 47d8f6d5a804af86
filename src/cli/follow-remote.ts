import type {LocalFollow, Watcher} from './follow.ts'

export interface RemoteFollow extends Omit<LocalFollow, 'read'> {
  url: string
  token: string
  tenant?: string
}

export async function followRemote(_options: RemoteFollow, _watcher: Watcher): Promise<void> {}
