// Why a key has no effect in this release. One text a missing part, so that the keys are found when the part comes.

export const NO_TEE = "ParaTimes in trusted hardware are not supported in this release";
export const NO_DOWNLOAD = "bundles are not downloaded in this release; list their files in runtime.paths";
export const NO_KEY_MANAGER = "key managers are not supported in this release";
export const NO_PROFILING = "this release has no profiling endpoint";
export const NOT_NEEDED = "this node does not need it";
