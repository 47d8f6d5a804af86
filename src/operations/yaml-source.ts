/** In a file of its own: what is imported on demand from a bundle keeps its names only when it is a module of ours. */
export {readSource} from '../flow/source.ts'
