// Turns esbuild's split ES modules into CommonJS, which starts sooner: Node finds and links it with less ado, and on
// every line of Node compiled code can be kept for it.
import {mkdirSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
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

/**
 * Writes the files of a build to `folder`. What awaits at its top level, as the layout engine of the console does, stays
 * an ES module and is named .mjs.
 */
export async function writeAsCommonJs(outputFiles, folder) {
  const files = await Promise.all(
    outputFiles.map(async ({path, text}) => ({
      path,
      text,
      code: await commonJs(text, path.startsWith(join(folder, 'commands'))),
    })),
  )
  const staying = files.filter(({code}) => code === undefined).map(({path}) => path)
  for (const {path, text, code} of files) {
    mkdirSync(dirname(path), {recursive: true})
    if (code === undefined) writeFileSync(path.replace(/\.js$/, '.mjs'), BANNER + text)
    else writeFileSync(path, withImports(code, dirname(path), staying))
  }
  writeFileSync(join(folder, 'package.json'), '{"type": "commonjs"}\n')
}

/** Undefined for what can only be an ES module. */
async function commonJs(text, isCommand) {
  const usesUrl = text.includes('import.meta.url')
  try {
    const {code} = await transform(text, {
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      minifyWhitespace: true,
      minifySyntax: true,
      define: {'import.meta.url': '__url'},
      banner: usesUrl ? 'const __url = require("node:url").pathToFileURL(__filename).href;' : '',
      // oclif takes what a file exports for the command.
      footer: isCommand ? 'module.exports = module.exports.default;' : '',
      logLevel: 'silent',
    })
    return code
  } catch (error) {
    if (error.errors?.every(({text: words}) => words.startsWith('Top-level await'))) return undefined
    throw error
  }
}

/** What is imported on demand is CommonJS too, and Node's loader of ES modules would read it twice. */
const withImports = (code, folder, staying) =>
  code.replace(/\bimport\("(\.[^"]+)"\)/g, (_, path) =>
    staying.includes(join(folder, path))
      ? `import("${path.replace(/\.js$/, '.mjs')}")`
      : `Promise.resolve().then(()=>require("${path}"))`,
  )
