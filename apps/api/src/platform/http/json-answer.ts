/**
 * An answer that is JSON text already, made field by field where the contract's names stand: for pages of rows, whose
 * parsing and writing again would be most of what they cost. A route test holds the text against the contract.
 */
export class JsonAnswer {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}
