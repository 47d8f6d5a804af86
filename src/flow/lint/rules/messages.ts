import type {LintRule} from '../rule.ts'

const flow = (buttons: string) => `flow: exemplo
nodes:
  - {id: pergunta, type: message, data: {text: "De que você precisa?", buttons: [${buttons}]}, next: ouve}
  - {id: ouve, type: wait, next: fim}
  - {id: fim, type: end}
`

export const tooLong: LintRule = {
  id: 'too-long',
  severity: 'error',
  fixed: true,
  summary: 'A text is longer than WhatsApp takes.',
  explain: `WhatsApp takes 20 characters in a button (24 from the fourth button on, when they become a list), 24 in a row and 72 in its description,
60 in a header or footer, 1024 in a text above buttons or under a picture, and 4096 in a plain text. Of a text that is filled in only what stands in
every case counts here; see may-be-too-long.`,
  bad: flow('Segunda via do boleto, Outro assunto'),
  good: flow('2ª via do boleto, Outro assunto'),
}

export const tooManyOptions: LintRule = {
  id: 'too-many-options',
  severity: 'error',
  fixed: true,
  summary: 'A menu has more options than WhatsApp shows.',
  explain: `WhatsApp shows 10 options in one list, all sections together. Ask in two steps: first a group, then what is in it.`,
  bad: flow('Um, Dois, Três, Quatro, Cinco, Seis, Sete, Oito, Nove, Dez, Onze'),
  good: flow('Um, Dois, Três, Quatro, Cinco, Seis, Sete, Oito, Nove, Outro'),
}

export const duplicateOption: LintRule = {
  id: 'duplicate-option',
  severity: 'error',
  fixed: true,
  summary: 'Two options of a menu read the same.',
  explain: `An answer is compared by its title without capitals, accents and outer punctuation, because people also type it. Two titles that read
the same then could not be told apart.`,
  bad: flow('Não, Nao!, Talvez'),
  good: flow('Não, Nunca, Talvez'),
}
