import {execFileSync} from 'node:child_process'
import type {Io} from './io.ts'

const GIT_PATIENCE_MS = 5000

/** The commit that the files are of, as CI or git tells it; undefined outside of both. */
export function commitOf({env, cwd}: Pick<Io, 'env' | 'cwd'>): string | undefined {
  const told = env.GITHUB_SHA || env.CI_COMMIT_SHA || env.GIT_COMMIT
  if (told) return told.slice(0, 64)
  try {
    const commit = execFileSync('git', ['rev-parse', '--verify', 'HEAD'], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: GIT_PATIENCE_MS,
    })
    return commit.trim() || undefined
  } catch {
    // No repository, no commit yet, or no git: a release without a commit is fine.
    return undefined
  }
}

/** Where the run of CI that this is can be seen. */
export function ciUrlOf({env}: Pick<Io, 'env'>): string | undefined {
  const {GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run} = env
  const github = server && repository && run ? `${server}/${repository}/actions/runs/${run}` : undefined
  const url = github ?? (env.CI_JOB_URL || env.CI_PIPELINE_URL || env.BUILD_URL)
  return url !== undefined && URL.canParse(url) ? url : undefined
}
