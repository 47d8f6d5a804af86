import {closeSync, constants, fstatSync, openSync, readFileSync} from 'node:fs'
import {PytakeError} from '../base/errors.ts'

const MEGABYTE = 1_048_576

/**
 * Bytes of a regular file. A device may have no end, and a pipe nobody at its other end: both are refused, and so is a file that is
 * larger than `most`, before anything of it is read. Throws `BAD_REQUEST` that names it, or what the operating system says.
 */
export function readRegular(path: string, {name, most}: {name: string; most: number}): Buffer {
  // Opening a pipe would wait for somebody who writes to it.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stats = fstatSync(file)
    if (!stats.isFile() && !stats.isDirectory())
      throw new PytakeError('BAD_REQUEST', `${name} is no regular file; a device or a pipe is not read.`, {
        help: 'What another program writes is read from standard input, where a command takes - for it.',
      })
    if (stats.size > most)
      throw new PytakeError('BAD_REQUEST', `${name} is larger than ${most / MEGABYTE} MB; so much is not read.`)
    return readFileSync(file)
  } finally {
    closeSync(file)
  }
}
