// Turns esbuild's split ES modules into CommonJS, which starts sooner: Node finds and links it with less ado, and on
// every line of Node compiled code can be kept for it.
import {mkdirSync, writeFileSync} from 'node:fs'
import {dirname, join, relative, sep} from 'node:path'
import {transform} from 'esbuild'

/** CommonJS libraries in an ES module still expect these three. */
const BANNER = [
  "import {createRequire as __createRequire} from 'node:module'",
  "import {fileURLToPath as __fileURLToPath} from 'node:url'",
  "import {dirname as __folderOf} from 'node:path'",
  'const require = __createRequire(import.meta.url)',
  'const __filename = __fileURLToPath(import.meta.url)',
  'const __dirname = __folderOf(__filename)',
  '',
].join('\n')

/** By it a file imports what Node has to find; why not by itself is told in src/cli/kept-code.ts. */
const IMPORTER = 'importer.js'

/**
 * Writes the files of a build to `folder`. What awaits at its top level, as the layout engine of the console does, stays
 * an ES module and is named .mjs.
 */
export async function writeAsCommonJs(outputFiles, folder) {
  const files = await Promise.all(outputFiles.map(async ({path, text}) => ({path, text, code: await commonJs(text)})))
  const staying = files.filter(({code}) => code === undefined).map(({path}) => path)
  for (const {path, text, code} of files) {
    mkdirSync(dirname(path), {recursive: true})
    if (code === undefined) writeFileSync(path.replace(/\.js$/, '.mjs'), BANNER + text)
    else writeFileSync(path, whole(withImports(code, {path, folder, staying}), path, folder))
  }
  writeFileSync(join(folder, IMPORTER), 'module.exports = (what) => import(what)\n')
  writeFileSync(join(folder, 'package.json'), '{"type": "commonjs"}\n')
}

/** Undefined for what can only be an ES module. */
async function commonJs(text) {
  try {
    const {code} = await transform(text, {
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      minifyWhitespace: true,
      minifySyntax: true,
      define: {'import.meta.url': '__url'},
      logLevel: 'silent',
    })
    return code
  } catch (error) {
    if (error.errors?.every(({text: words}) => words.startsWith('Top-level await'))) return undefined
    throw error
  }
}

/** What is imported on demand is CommonJS too, and Node's loader of ES modules would read it twice. */
const withImports = (code, {path, folder, staying}) =>
  // Called, and not spoken of in a text.
  code.replace(/(?<![\w$.])import\((?!\))(?:"(\.[^"]+)"\))?/g, (_, relativePath) => {
    if (relativePath === undefined) return '__import('
    const target = join(dirname(path), relativePath)
    if (!staying.includes(target)) return `Promise.resolve().then(()=>require("${relativePath}"))`
    return `__import("./${slashed(relative(folder, target)).replace(/\.js$/, '.mjs')}")`
  })

/** With what an ES module has and CommonJS lacks. */
function whole(code, path, folder) {
  const up = slashed(relative(dirname(path), folder)) || '.'
  return [
    '"use strict";',
    code.includes('__url') ? 'const __url=require("node:url").pathToFileURL(__filename).href;' : '',
    code.includes('__import(') ? `const __import=(what)=>require("${up}/${IMPORTER}")(what);` : '',
    code,
    // oclif takes what a file exports for the command.
    path.startsWith(join(folder, 'commands')) ? 'module.exports=module.exports.default;\n' : '',
  ].join('')
}

const slashed = (path) => path.split(sep).join('/')
