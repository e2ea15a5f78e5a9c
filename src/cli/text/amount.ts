/** How amounts are shown: in the network's token, or in base units when it has none. */
export interface Token {
  readonly symbol: string;
  readonly exponent: number;
}

const MAX_SYMBOL_LENGTH = 8;
const MAX_EXPONENT = 20;

/** `12.5 ROSE`, or `12500000000 base units`. */
export function amountText(amount: bigint, token: Token, sign = ""): string {
  const { symbol, exponent } = token;
  if (symbol === "" || symbol.length > MAX_SYMBOL_LENGTH || exponent > MAX_EXPONENT) {
    return `${sign}${amount} base units`;
  }
  return `${sign}${fraction(amount, exponent)} ${symbol}`;
}

/** `amount / 10^exponent` with at least one decimal place and no zeros at the end. */
export function fraction(amount: bigint, exponent: number): string {
  const denominator = 10n ** BigInt(exponent);
  const decimals =
    exponent === 0 ? "" : (amount % denominator).toString().padStart(exponent, "0").replace(/0+$/, "");
  return `${amount / denominator}.${decimals === "" ? "0" : decimals}`;
}

/** Decimal places of commission rates: a rate of 100,000 is 100 %. */
const RATE_EXPONENT = 5;

/** A commission rate in percent. */
export function rateText(rate: bigint): string {
  return rate > 10n ** BigInt(RATE_EXPONENT) ? "(invalid)" : `${fraction(rate, RATE_EXPONENT - 2)}%`;
}
