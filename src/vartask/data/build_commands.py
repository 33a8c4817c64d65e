"""What commands in RUN lines do to files, as far as packaging is concerned.

Written by hand from the tools' own manuals.
"""

from __future__ import annotations

SYSTEM_ONLY = frozenset(
    "yum dnf microdnf rpm apt-get apt apt-key apk dpkg add-apt-repository amazon-linux-extras debconf-set-selections"  # noqa: SIM905
    " update-ca-certificates update-ca-trust update-alternatives alternatives ldconfig locale-gen localedef"
    " useradd adduser userdel groupadd addgroup usermod passwd chpasswd chsh setcap getent visudo"
    " service systemctl sysctl hostname dbus-uuidgen fc-cache gpg gpgconf openssl"
    " pyenv rustup nvm corepack pipx yum-config-manager subscription-manager playwright tlmgr".split()
)
"""They change the operating system or the caller's home, never an application's directory."""

READ_ONLY = frozenset(
    "true : echo printf ls cat grep egrep fgrep zgrep head tail wc sort uniq cut tr awk gawk mawk date sleep which type"  # noqa: SIM905
    " command hash id whoami uname env printenv set unset export readonly local shopt ulimit wait sync du df pwd"
    " dirname basename readlink realpath stat file ldd nm objdump strip md5sum sha1sum sha256sum sha512sum cmp diff"
    " test [ [[ expr seq jq yq xxd od ps kill free nproc arch lscpu tput clear trap read"
    " chgrp setfacl logger ping nslookup dig host nc tree less more".split()
)
"""They change no file, redirections apart (``strip`` and ``chgrp`` change files that stay where they are)."""

ADDERS = frozenset(
    "gcc g++ cc c++ clang clang++ gfortran ld ar cython npm npx yarn pnpm bun node deno go cargo rustc git hg svn curl"  # noqa: SIM905
    " wget aria2c unzip gunzip gzip bzip2 bunzip2 xz unxz zip 7z 7za 7zr cpio dvc rclone aws gsutil gcloud az sam"
    " protoc spacy huggingface-cli hf django-admin flask alembic jupyter nltk conda mamba micromamba ssh-keyscan"
    " ssh-keygen gdown dotnet datamodel-codegen tsc webpack esbuild sass swig cmake ninja meson autoconf autoreconf"
    " patchelf rpm2cpio dpkg-deb yumdownloader split csplit xelatex pdflatex pandoc".split()
)
"""They put new files below the working directory or where an argument says, and leave the code that is there alone."""

RUNNERS = frozenset(
    "npm npx yarn pnpm bun node deno go cargo sam conda mamba micromamba django-admin flask cmake ninja meson".split()  # noqa: SIM905
)
"""Those of them that run what a project tells them to, or install Python distributions themselves."""

PREFIXES = frozenset({"sudo", "time", "exec", "nice", "nohup", "command", "stdbuf", "ionice", "builtin", "eatmydata"})
"""``prefix command ...`` runs the command."""

SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh"})

SILENT = frozenset(
    "mkdir touch rm rmdir cp mv ln install chmod chown chgrp cd export set unset true false : test [ [[ umask local"  # noqa: SIM905
    " readonly shift let read eval exit return break continue trap wait sleep mkfifo sync".split()
)
"""They print nothing, unless they are asked to say what they do."""

HOME_OPTIONS = frozenset({"-d", "-h", "--home-dir", "--home", "-b", "--base-dir"})
"""``useradd``, ``adduser`` (Debian, busybox): where the home directory goes."""

SYSTEM_PLACES: dict[str, frozenset[str]] = {
    "/opt": frozenset({"/opt/python", "/opt/extensions"}),
    "/srv": frozenset(),
    "/home": frozenset(),
    "/usr/src": frozenset({"/usr/src/app"}),
    "/var": frozenset({"/var/task", "/var/lang", "/var/runtime"}),
}
"""Where packages put things besides the system's own directories, and what below it they leave alone."""
