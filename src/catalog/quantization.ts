/** Names of `general.file_type` in the order of llama.cpp's numbers; a dash where a number was withdrawn. */
const FILE_TYPES = (
  'F32 F16 Q4_0 Q4_1 - - - Q8_0 Q5_0 Q5_1 Q2_K Q3_K_S Q3_K_M Q3_K_L Q4_K_S Q4_K_M Q5_K_S Q5_K_M Q6_K ' +
  'IQ2_XXS IQ2_XS Q2_K_S IQ3_XS IQ3_XXS IQ1_S IQ4_NL IQ3_S IQ3_M IQ2_S IQ2_M IQ4_XS IQ1_M BF16 - - - ' +
  'TQ1_0 TQ2_0 MXFP4 NVFP4'
).split(' ')

/** What most weights of a file are stored as, such as `Q4_K_M`; null for a number that is not known. */
export function quantizationName(fileType: number): string | null {
  const name = FILE_TYPES[fileType]
  return name === undefined || name === '-' ? null : name
}
