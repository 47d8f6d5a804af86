import type {LintRule} from '../rule.ts'

const one = `flow: boas-vindas
nodes:
  - {id: ola, type: message, data: {text: "Olá!"}}
`

export const duplicateFlow: LintRule = {
  id: 'duplicate-flow',
  severity: 'error',
  summary: 'Two files hold the same flow.',
  explain: `The key of a flow (its "flow", else made of its name) says which flow a file is: two files with one key would take turns
in replacing each other. A copy of a file needs a key of its own.`,
  bad: {'boas-vindas.yaml': one, 'copia.yaml': one},
  good: {'boas-vindas.yaml': one, 'copia.yaml': one.replace('boas-vindas', 'boas-vindas-2')},
  checkTogether({linted, all}, reportOf) {
    for (const outline of linted) {
      const other = all.find(({key, file}) => key !== '' && key === outline.key && file !== outline.file)
      if (!other || (linted.includes(other) && linted.indexOf(other) > linted.indexOf(outline))) continue
      reportOf(outline)(['flow'], {
        rule: 'duplicate-flow',
        message: `The flow "${outline.key}" stands in ${other.file} already.`,
        hint: 'Give one of them another key.',
      })
    }
  },
}
