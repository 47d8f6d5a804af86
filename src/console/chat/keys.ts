/** A key, by what it is for on this screen. */
export interface Key {
  name:
    | 'text'
    | 'enter'
    | 'backspace'
    | 'clear'
    | 'escape'
    | 'next'
    | 'previous'
    | 'page-up'
    | 'page-down'
    | 'interrupt'
    | 'end'
  /** Of `text`: what was typed. */
  text?: string
}

/** Sequences and control characters that mean something here; all others are passed over. */
const names: Readonly<Record<string, Key['name']>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\r\n': 'enter',
  '\t': 'next',
  '\b': 'backspace',
  '\u007f': 'backspace',
  '\u0003': 'interrupt',
  '\u0004': 'end',
  '\u0015': 'clear',
  '\u001b': 'escape',
  '\u001b[A': 'previous',
  '\u001bOA': 'previous',
  '\u001b[D': 'previous',
  '\u001bOD': 'previous',
  '\u001b[Z': 'previous',
  '\u001b[B': 'next',
  '\u001bOB': 'next',
  '\u001b[C': 'next',
  '\u001bOC': 'next',
  '\u001b[5~': 'page-up',
  '\u001b[6~': 'page-down',
  '\u001b[3~': 'backspace',
}

const tokens =
  // A sequence of the terminal, another one that begins with escape, the end of a line, a control character, text.
  /\u001b[[O][0-9;?<>=]*[A-Za-z~]?|\u001b[^\u0000-\u001f]?|\r\n|[\u0000-\u001f\u007f-\u009f]|[^\u0000-\u001f\u007f-\u009f]+/g

/**
 * What a terminal in raw mode sent, key by key; a paste is text and Enters. Read by hand because ink's own reading dies of
 * sequences that it does not know, such as the colours in a pasted text.
 */
export function keysOf(sent: string): Key[] {
  return [...sent.matchAll(tokens)].flatMap(([token]): Key[] => {
    const name = names[token]
    if (name !== undefined) return [{name}]
    return /^[\u0000-\u001f\u007f-\u009f]/.test(token) ? [] : [{name: 'text', text: token}]
  })
}
