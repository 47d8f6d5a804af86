import {createHash} from 'node:crypto'
import {mkdir, open, rename} from 'node:fs/promises'
import {dirname} from 'node:path'
import {mediaFile} from './media-uploads.ts'

let parts = 0

/** Puts bytes to `UPLOAD_PATH/<tenant>/<sha256>`: named by content, and under that name only when it is whole. */
export async function keepMediaFile(uploadPath: string, tenantId: string, bytes: Buffer): Promise<string> {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const path = mediaFile(uploadPath, tenantId, sha256)
  await mkdir(dirname(path), {recursive: true, mode: 0o700})
  // The same file may come twice at once: each writer has a name of its own.
  const part = `${path}.${process.pid}-${++parts}.part`
  const file = await open(part, 'w', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(part, path)
  await syncFolder(dirname(path))
  return sha256
}

/** A new name is only durable once its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
