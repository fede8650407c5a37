export { CiSnippet } from './ci-snippet.tsx';
