import {serveBytes} from './http-server.ts'

const message = (kind: string, body: Buffer): Buffer => {
  const head = Buffer.alloc(5)
  head.write(kind)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}
const int16 = (value: number) => {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}
const int32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const text = (value: string) => Buffer.from(`${value}\0`)
const TEXT = 25

const ready = message('Z', Buffer.from('I'))

function answer(row: Readonly<Record<string, string>>): Buffer {
  const columns = Object.keys(row).map((name) =>
    Buffer.concat([text(name), int32(0), int16(0), int32(TEXT), int16(-1), int32(-1), int16(0)]),
  )
  const values = Object.values(row).map((value) => Buffer.concat([int32(Buffer.byteLength(value)), Buffer.from(value)]))
  return Buffer.concat([
    message('T', Buffer.concat([int16(columns.length), ...columns])),
    message('D', Buffer.concat([int16(values.length), ...values])),
    message('C', text('SELECT 1')),
    ready,
  ])
}

/** Speaks as much of PostgreSQL's protocol as a server that cannot be had here needs: the same row for every query. */
export async function fakePostgres(row: Readonly<Record<string, string>>): Promise<AsyncDisposable & {url: string}> {
  const server = await serveBytes((socket) => {
    let started = false
    socket.on('data', (chunk) => {
      if (started && chunk.toString('latin1', 0, 1) === 'Q') socket.write(answer(row))
      if (!started) socket.write(Buffer.concat([message('R', int32(0)), ready]))
      started = true
    })
  })
  return {
    url: `postgres://postgres@127.0.0.1:${server.port}/theirs`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
