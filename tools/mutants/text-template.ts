import { mutate } from './mutate.ts';

/** What was rendered is read as a template once more, as templates of text do. */
export default mutate<typeof import('../../packages/templating/src/render-node.ts')>({
  renderNode: (real) => (node, scope, file, budget) =>
    real.renderNode(real.renderNode(node, scope, file, budget), scope, file, budget),
});
