import {expect, it} from 'vitest'
import {peopleLines} from '../../src/cli/plan-people.ts'

type People = Parameters<typeof peopleLines>[0][number]
const at = (more: Partial<People>): People => ({
  ...{node: 'cpf', version: 1, count: 1, with_person: 0, change: 'changed', choice: 'restart'},
  ...more,
})
const texts = (...people: People[]) => peopleLines(people).map(({text}) => text)

it.each<[People['choice'], string, string]>([
  ['finish', 'finishes on r1', 'finish on r1'],
  ['restart', 'begins again', 'begin again'],
  ['end', 'is ended', 'are ended'],
  [{end: 'Tchau'}, 'is ended with "Tchau"', 'are ended with "Tchau"'],
  [{move: 'fim'}, 'moves to fim', 'move to fim'],
])('one person and two agree with what becomes of them: %j', (choice, one, two) => {
  expect(texts(at({choice}))).toEqual([`cpf   1 person is waiting here → ${one}`])
  expect(texts(at({choice, count: 2}))).toEqual([`cpf   2 people are waiting here → ${two}`])
})

it('people of several releases are one line where the same becomes of them', () => {
  expect(texts(at({version: 1}), at({version: 2, count: 2}))).toEqual(['cpf   3 people are waiting here → begin again'])
  const finish = {choice: 'finish', change: 'unchanged'} as const
  expect(texts(at({...finish, node: 'a'}), at({...finish, node: 'b'}), at({...finish, version: 2}))).toEqual([
    '2 people elsewhere in it → finish on r1',
    '1 person elsewhere in it → finishes on r2',
  ])
})

it('whoever an agent has is counted apart', () => {
  expect(texts(at({with_person: 1}))).toEqual(['cpf   1 person is waiting here → stays with the agent who has them'])
  expect(texts(at({count: 3, with_person: 1}), at({change: 'unchanged', count: 2, with_person: 2}))).toEqual([
    'cpf   2 people are waiting here → begin again',
    'cpf   1 person is waiting here → stays with the agent who has them',
    '2 people elsewhere in it → stay with the agent who has them',
  ])
  expect(texts(at({choice: 'finish', count: 3, with_person: 1}))).toEqual([
    'cpf   3 people are waiting here → finish on r1',
  ])
})
