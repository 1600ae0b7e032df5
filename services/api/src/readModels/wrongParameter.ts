/** A parameter that its schema lets pass and that cannot be answered. */
export class WrongParameter extends Error {
  override name = "WrongParameter";
  readonly parameter: string;

  /** @param expected what was expected of it */
  constructor(parameter: string, expected: string) {
    super(`${parameter}: expected ${expected}`);
    this.parameter = parameter;
  }
}
