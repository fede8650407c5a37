import { describe, expect, it } from 'vitest';
import { titleOf } from './title.ts';

describe('the title of a tab', () => {
  it('names the object before the section', () => {
    expect(titleOf('/clusters/bj-1')).toBe('bj-1 · Clusters · Quarterdeck');
    expect(titleOf('/clusters/register')).toBe('Register · Clusters · Quarterdeck');
    expect(titleOf('/inventory/core/pods')).toBe('pods · Inventory · Quarterdeck');
    expect(titleOf('/applications/default/cart')).toBe('cart · Applications · Quarterdeck');
  });

  it('tells the same name in two clusters apart', () => {
    expect(titleOf('/objects/bj-1/core/pods/shop/cart-1')).toBe('cart-1 · pods · bj-1 · Inventory · Quarterdeck');
    expect(titleOf('/workloads/deployments/shop/cart')).toBe('cart · shop · Workloads · Quarterdeck');
  });

  it('tells two releases of one application apart', () => {
    expect(titleOf('/applications/default/cart/production/releases/2')).toBe(
      'cart production #2 · Applications · Quarterdeck',
    );
  });

  it('is the product alone at home', () => {
    expect(titleOf('/')).toBe('Quarterdeck');
  });
});
