export { SelftestOffer } from './offer.ts'
export { SelftestRetirement } from './retirement.ts'
export { SELFTEST_MODEL_ID, ensureSelftestModel } from './selftest-model.ts'
