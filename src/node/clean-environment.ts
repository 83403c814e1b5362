import path from 'node:path'

/**
 * What a Python, pip or uv gets of the user's variables. Everything else is left out, above all what would lead Python to
 * other code: PYTHONPATH, PYTHONSTARTUP, PYTHONHOME, VIRTUAL_ENV, and PIP_TARGET and its kind. Names in capitals.
 */
const NAMES = new Set([
  // The system and the user.
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'TMPDIR',
  'TMP',
  'TEMP',
  'TZ',
  'TERM',
  'LANG',
  'LANGUAGE',
  'HOSTNAME',
  'SYSTEMROOT',
  'SYSTEMDRIVE',
  'WINDIR',
  'COMSPEC',
  'PATHEXT',
  'OS',
  'USERNAME',
  'USERDOMAIN',
  'USERPROFILE',
  'HOMEDRIVE',
  'HOMEPATH',
  'APPDATA',
  'LOCALAPPDATA',
  'PROGRAMDATA',
  'ALLUSERSPROFILE',
  'PUBLIC',
  'COMPUTERNAME',
  'NUMBER_OF_PROCESSORS',
  // Loading of shared libraries is the user's own business: CUDA often lies where only these say.
  'LD_LIBRARY_PATH',
  'LD_PRELOAD',
  'DYLD_LIBRARY_PATH',
  'DYLD_FALLBACK_LIBRARY_PATH',
  'DYLD_INSERT_LIBRARIES',
  'LIBRARY_PATH',
  // The way to the network.
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'NETRC',
  // pip: where packages come from, not where they go. Their hashes are pinned.
  'PIP_INDEX_URL',
  'PIP_EXTRA_INDEX_URL',
  'PIP_FIND_LINKS',
  'PIP_NO_INDEX',
  'PIP_TRUSTED_HOST',
  'PIP_PROXY',
  'PIP_CERT',
  'PIP_CLIENT_CERT',
  'PIP_CACHE_DIR',
  'PIP_NO_CACHE_DIR',
  'PIP_CONFIG_FILE',
  'PIP_DEFAULT_TIMEOUT',
  'PIP_TIMEOUT',
  'PIP_RETRIES',
  'PIP_KEYRING_PROVIDER',
  'UV_INDEX',
  'UV_DEFAULT_INDEX',
  'UV_INDEX_URL',
  'UV_EXTRA_INDEX_URL',
  'UV_FIND_LINKS',
  'UV_INDEX_STRATEGY',
  'UV_INSECURE_HOST',
  'UV_CACHE_DIR',
  'UV_CONFIG_FILE',
  'UV_HTTP_TIMEOUT',
  'UV_HTTP_RETRIES',
  'UV_NATIVE_TLS',
  'UV_SYSTEM_CERTS',
  'UV_OFFLINE',
  'UV_LINK_MODE',
  'UV_KEYRING_PROVIDER',
  'TOKENIZERS_PARALLELISM',
])

/** Names that begin so: locale, folders of the user, GPUs and their libraries, threads, PyTorch, the hub with its tokens and cache. */
const PREFIXES = [
  'LC_',
  'XDG_',
  'PROGRAMFILES',
  'COMMONPROGRAMFILES',
  'PROCESSOR_',
  'CUDA',
  'NVIDIA_',
  'NCCL_',
  'CUDNN_',
  'CUBLAS_',
  'HIP_',
  'HSA_',
  'ROCM_',
  'ROCR_',
  'AMD_',
  'MIOPEN_',
  'ONEAPI_',
  'SYCL_',
  'ZE_',
  'OMP_',
  'KMP_',
  'GOMP_',
  'MKL_',
  'OPENBLAS_',
  'VECLIB_',
  'NUMEXPR_',
  'TORCH',
  'PYTORCH_',
  'TRITON_',
  'GLOO_',
  'ACCELERATE_',
  'BNB_',
  'BITSANDBYTES_',
  'HF_',
  'HUGGINGFACE_',
  'HUGGING_FACE_',
  'TRANSFORMERS_',
  'SAFETENSORS_',
  'ORT_',
]

/** The variables of `env` that a Python, pip or uv may have, and a PATH without places that depend on the folder it starts in. */
export function cleanEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const kept = Object.entries(env).flatMap(([name, value]): [string, string][] => {
    // Windows and the proxies' names know no difference of case.
    const upper = name.toUpperCase()
    if (value === undefined || !(NAMES.has(upper) || PREFIXES.some((prefix) => upper.startsWith(prefix)))) return []
    return [[name, upper === 'PATH' ? absolutePlaces(value) : value]]
  })
  return Object.fromEntries(kept) as NodeJS.ProcessEnv
}

const absolutePlaces = (places: string): string =>
  places
    .split(path.delimiter)
    .filter((place) => path.isAbsolute(place))
    .join(path.delimiter)
